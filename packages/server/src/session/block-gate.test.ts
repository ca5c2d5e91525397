import { type Block, emptySessionState } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { BlockGate } from './block-gate.ts';

const text = (id: string): Block => ({ id, type: 'assistant_text', status: 'pending', content: '' });
const call: Block = {
  id: 'call',
  type: 'tool_use',
  status: 'pending',
  toolName: 't',
  toolUseId: 'u',
  input: {},
};

function gateWith(...known: Block[]): BlockGate {
  const state = emptySessionState('one');
  return new BlockGate({
    ...state,
    conversations: { main: { branchHead: null, blocks: known, hasOlder: false } },
  });
}

test('[C4] a block is open from its start to its completion, and what names it otherwise is refused', () => {
  const gate = gateWith();
  expect(() => gate.admit('block:delta', { blockId: 'a', delta: 'x' })).toThrow('not open');
  expect(gate.admit('block:start', { block: text('a') })).toBe(true);
  expect(gate.admit('block:delta', { blockId: 'a', delta: 'x' })).toBe(true);
  expect(gate.admit('block:delta', { blockId: 'a', delta: '' })).toBe(false);
  expect(gate.admit('block:update', { blockId: 'a', updates: { model: 'm' } })).toBe(true);
  expect(gate.admit('block:complete', { blockId: 'a', block: { ...text('a'), status: 'complete' } })).toBe(
    true,
  );
  expect(() => gate.admit('block:delta', { blockId: 'a', delta: 'x' })).toThrow('not open');
  expect(() => gate.admit('block:update', { blockId: 'a', updates: {} })).toThrow('not open');
  expect(() => gate.admit('block:complete', { blockId: 'a', block: text('a') })).toThrow('not open');
});

test('[C4] an id is used once, in this run or before it', () => {
  const gate = gateWith({ ...text('old'), status: 'complete' });
  gate.admit('block:start', { block: text('a') });
  expect(() => gate.admit('block:start', { block: text('a') })).toThrow('started before');
  expect(() => gate.admit('block:start', { block: text('old') })).toThrow('started before');
});

test('[C4] deltas go to blocks that have a text, and a block completes as what it started', () => {
  const gate = gateWith();
  gate.admit('block:start', { block: call });
  expect(() => gate.admit('block:delta', { blockId: 'call', delta: 'x' })).toThrow('has no text');
  expect(() => gate.admit('block:complete', { blockId: 'call', block: text('call') })).toThrow(
    'cannot be completed as',
  );
  expect(() => gate.admit('block:start', { block: text('b') }, 'nowhere')).toThrow('no conversation');
});

test('[E10] the text of a block is bounded in bytes, for the event that completes it holds all of it', () => {
  const gate = new BlockGate(
    {
      ...emptySessionState('one'),
      conversations: { main: { branchHead: null, blocks: [], hasOlder: false } },
    },
    10,
  );
  gate.admit('block:start', { block: text('a') });
  gate.admit('block:start', { block: text('b') });
  expect(gate.admit('block:delta', { blockId: 'a', delta: '12345' })).toBe(true);
  expect(() => gate.admit('block:delta', { blockId: 'a', delta: 'ééé' })).toThrow('may have 10 bytes');
  expect(gate.admit('block:delta', { blockId: 'a', delta: '67890' })).toBe(true);
  expect(gate.admit('block:delta', { blockId: 'b', delta: 'x' })).toBe(true);
  expect(() => gate.admit('block:delta', { blockId: 'a', delta: '.' })).toThrow('go on in another');
});

test('[C4] a block is completed by its own id, and named only in its own conversation', () => {
  const side = { branchHead: null, blocks: [], hasOlder: false };
  const gate = new BlockGate({ ...emptySessionState('one'), conversations: { main: side, side } });
  gate.admit('block:start', { block: text('a') }, 'side');
  expect(() => gate.admit('block:delta', { blockId: 'a', delta: 'x' })).toThrow(
    'block:delta names block "a"',
  );
  expect(() => gate.admit('block:complete', { blockId: 'a', block: text('a') })).toThrow(
    'block:complete names block "a"',
  );
  expect(() => gate.admit('block:complete', { blockId: 'a', block: text('b') }, 'side')).toThrow(
    'cannot be completed as assistant_text "b"',
  );
  expect(gate.admit('block:complete', { blockId: 'a', block: text('a') }, 'side')).toBe(true);
});
