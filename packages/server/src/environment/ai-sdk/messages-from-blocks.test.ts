import type { Block } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { messagesFromBlocks } from './messages-from-blocks.ts';

let ids = 0;
const base = () => ({ id: `block-${++ids}`, status: 'complete' as const });
const user = (content: string): Block => ({ ...base(), type: 'user_message', content });
const text = (content: string): Block => ({ ...base(), type: 'assistant_text', content });
const call = (toolUseId: string, input = {}): Block => ({
  ...{ ...base(), type: 'tool_use', toolName: 'look', toolUseId, input },
});
const result = (toolUseId: string, output: string | number, isError = false): Block => ({
  ...{ ...base(), type: 'tool_result', toolUseId, output, isError },
});

describe('messagesFromBlocks', () => {
  it('gives the model its conversation back, tool calls and results included', () => {
    const messages = messagesFromBlocks([
      user('Is it blue?'),
      { ...base(), type: 'thinking', content: 'I should look.' },
      text('Let me look.'),
      call('1', { at: 'sky' }),
      result('1', 'blue'),
      text('It is.'),
      user('Sure?'),
    ]);
    const output = { type: 'text', value: 'blue' };
    expect(messages).toEqual([
      { role: 'user', content: 'Is it blue?' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me look.' },
          { type: 'tool-call', toolCallId: '1', toolName: 'look', input: { at: 'sky' } },
        ],
      },
      { role: 'tool', content: [{ type: 'tool-result', toolCallId: '1', toolName: 'look', output }] },
      { role: 'assistant', content: [{ type: 'text', text: 'It is.' }] },
      { role: 'user', content: 'Sure?' },
    ]);
  });

  it('puts the results of calls that ran together behind them, in whatever order they came', () => {
    const messages = messagesFromBlocks([
      ...[user('Both.'), call('1'), call('2'), result('2', 2), text('And'), result('1', 'no', true)],
    ]);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    expect(messages[2]?.content).toMatchObject([
      { toolCallId: '1', output: { type: 'error-text', value: 'no' } },
      { toolCallId: '2', output: { type: 'json', value: 2 } },
    ]);
  });

  it('gives a call without a result one that says so: providers refuse the conversation otherwise', () => {
    const messages = messagesFromBlocks([user('Go.'), call('1'), user('Hello?')]);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
    expect(messages[2]?.content).toMatchObject([{ output: { type: 'error-text' } }]);
  });

  it('keeps results apart whose calls have the same id', () => {
    const messages = messagesFromBlocks([
      ...[user('One.'), call('same'), result('same', 1), user('Two.'), call('same'), result('same', 2)],
    ]);
    const outputs = messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));
    expect(outputs).toMatchObject([[{ output: { value: 1 } }], [{ output: { value: 2 } }]]);
  });

  it('leaves out what was said to people only, and a result that no call asked for', () => {
    const messages = messagesFromBlocks([
      user('Hello.'),
      { ...base(), type: 'system', subtype: 'status', message: 'Ready.' },
      { ...base(), type: 'error', message: 'Oh.' },
      { ...base(), type: 'subagent', input: {} },
      { ...base(), type: 'skill_load', skillName: 'a', content: 'b' },
      result('none', 'x'),
      { ...base(), type: 'assistant_text', content: '', status: 'aborted' },
      text('Hi.'),
    ]);
    expect(messages).toEqual([
      { role: 'user', content: 'Hello.' },
      { role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] },
    ]);
  });

  it('names the files of a message', () => {
    const file = { attachmentId: 'a1', name: 'map.png', mediaType: 'image/png', size: 9 };
    const content = [
      { type: 'text' as const, text: 'See:' },
      { type: 'image' as const, ...file },
    ];
    const messages = messagesFromBlocks([{ ...base(), type: 'user_message', content }]);
    expect(messages).toEqual([{ role: 'user', content: 'See:\n[attached: map.png, image/png, 9 bytes]' }]);
  });
});
