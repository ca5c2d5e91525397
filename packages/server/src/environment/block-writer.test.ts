import { describe, expect, it } from 'vitest';
import { RecordedSession } from '../testing/recorded-session.ts';
import { BlockWriter } from './block-writer.ts';

function writing() {
  const session = new RecordedSession();
  const { port, turn } = session.begin('hello');
  let now = 0;
  const writer = new BlockWriter(port, turn.conversationId, () => now++);
  const before = session.events.length;
  const types = () => session.events.slice(before).map(({ type }) => type);
  return { session, port, writer, types };
}

describe('BlockWriter', () => {
  it('joins words into one block, which another kind of block completes', () => {
    const { port, writer, types } = writing();
    writer.thinking('Hm, ');
    writer.thinking('so.');
    writer.text('It is ');
    writer.text('late.');
    writer.close();
    expect(port.blocks).toMatchObject([
      { type: 'thinking', content: 'Hm, so.', status: 'complete' },
      { type: 'assistant_text', content: 'It is late.', status: 'complete' },
    ]);
    const one = ['block:start', 'block:delta', 'block:delta', 'block:complete'];
    expect(types()).toEqual([...one, ...one]);
  });

  it('goes on in another block when a text grows long', () => {
    const { port, writer } = writing();
    const words = 'x'.repeat(100_000);
    for (let count = 0; count < 5; count += 1) writer.text(words);
    writer.close();
    const lengths = port.blocks.map((block) => 'content' in block && block.content.length);
    expect(lengths).toEqual(Array(5).fill(100_000));
  });

  it('goes on in a further block before one has more than an event can hold, and cuts no character', () => {
    const { session, port, writer } = writing();
    const words = `${'\u0001'.repeat(200_000)}${'😀'.repeat(200_000)}`; // six bytes as JSON, and two letters each
    writer.text(words);
    for (let at = 0; at < 300; at++) writer.text('"'.repeat(1_000));
    writer.close();
    const contents = port.blocks.map((block) => (block.type === 'assistant_text' ? block.content : ''));
    expect(contents.join('')).toBe(words + '"'.repeat(300_000));
    for (const content of contents) expect(content).not.toMatch(/[\ud800-\udbff]$/);
    for (const event of session.events) {
      expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(1_048_576);
    }
  });

  it('opens no block for words that are none', () => {
    const { writer, types } = writing();
    expect(writer.text('')).toBe(true);
    expect(writer.thinking('')).toBe(true);
    expect(writer.close()).toBe(true);
    expect(types()).toEqual([]);
  });

  it('writes a tool call, open while the tool works, and its result', () => {
    const { port, writer } = writing();
    writer.text('Let me add.');
    const call = writer.toolUse({ name: 'add', input: null, id: 'call-1', displayName: 'Add' });
    expect(port.blocks).toMatchObject([{ status: 'complete' }, { type: 'tool_use', status: 'pending' }]);
    call.setInput({ a: 1, b: 2 });
    expect(port.blocks.at(-1)).toMatchObject({ status: 'pending', input: { a: 1, b: 2 } });
    call.result(3);
    expect(port.blocks.slice(1)).toMatchObject([
      { type: 'tool_use', toolName: 'add', toolUseId: 'call-1', displayName: 'Add', status: 'complete' },
      { type: 'tool_result', toolUseId: 'call-1', output: 3, isError: false, durationMs: 1 },
    ]);
    expect(port.blocks[1]).toMatchObject({ input: { a: 1, b: 2 } });
  });

  it('keeps tool calls apart that run at the same time', () => {
    const { port, writer } = writing();
    const first = writer.toolUse({ name: 'look', input: 1 });
    const second = writer.toolUse({ name: 'look', input: 2 });
    second.result('two');
    first.result('one', { isError: true });
    const results = port.blocks.filter((block) => block.type === 'tool_result');
    expect(results).toMatchObject([
      { toolUseId: second.id, output: 'two', isError: false },
      { toolUseId: first.id, output: 'one', isError: true },
    ]);
  });

  it('refuses a second result of one tool call', () => {
    const { writer } = writing();
    const call = writer.toolUse({ name: 'look', input: 1 });
    call.result('one');
    expect(() => call.result('two')).toThrow(/has its result already/);
  });

  it('writes the output of a tool into the log once', () => {
    const { session, writer } = writing();
    writer.toolUse({ name: 'read', input: {} }).result('the whole file');
    expect(session.events.filter((event) => JSON.stringify(event).includes('the whole file'))).toHaveLength(
      1,
    );
  });

  it('says any block at once', () => {
    const { port, writer } = writing();
    writer.block({ type: 'system', subtype: 'status', message: 'Ready.' });
    writer.block({ type: 'error', id: 'own', status: 'error', message: 'No.' });
    expect(port.blocks).toMatchObject([
      { type: 'system', message: 'Ready.', status: 'complete' },
      { id: 'own', type: 'error', message: 'No.', status: 'error' },
    ]);
  });

  it('answers as the port does: false while it is full', () => {
    const { port, writer } = writing();
    expect(writer.text('a')).toBe(true);
    port.fill();
    expect(writer.text('b')).toBe(false);
    port.drain();
    expect(writer.text('c')).toBe(true);
  });
});
