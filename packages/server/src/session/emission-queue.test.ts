import { expect, test } from 'vitest';
import { EmissionQueue, MERGED_DELTA_BYTES } from './emission-queue.ts';
import type { EventDraft } from './event-draft.ts';

const stamp = {
  actor: { principalId: 'ann' },
  source: 'agent',
  conversationId: 'main',
  runId: 'run',
} as const;
const delta = (text: string, blockId = 'b'): EventDraft => ({
  type: 'block:delta',
  payload: { blockId, delta: text },
  ...stamp,
});
const line: EventDraft = { type: 'log', payload: { level: 'info', message: 'x' }, ...stamp };

function texts(drafts: readonly EventDraft[]): string[] {
  return drafts.map((draft) => (draft.type === 'block:delta' ? draft.payload.delta : draft.type));
}

test('[Q3] adjacent deltas of one block merge, up to their bound', () => {
  const queue = new EmissionQueue();
  for (let index = 0; index < 500; index += 1) queue.push(delta('0123456789'), 10);
  const taken = queue.take(Number.POSITIVE_INFINITY);
  expect(texts(taken).join('')).toBe('0123456789'.repeat(500));
  expect(taken).toHaveLength(Math.ceil(5_000 / MERGED_DELTA_BYTES));
});

test('deltas do not merge across another event, another block or another run', () => {
  const queue = new EmissionQueue();
  queue.push(delta('a'), 1);
  queue.push(line, 1);
  queue.push(delta('b'), 1);
  queue.push(delta('c', 'other'), 1);
  queue.push({ ...delta('d', 'other'), runId: 'next' }, 1);
  expect(texts(queue.take(100))).toEqual(['a', 'log', 'b', 'c', 'd']);
});

test('what is taken is counted, merged pushes included', () => {
  const queue = new EmissionQueue();
  queue.push(delta('a'), 1);
  queue.push(delta('b'), 1);
  queue.push(line, 10);
  expect([queue.pushed, queue.taken, queue.bytes]).toEqual([3, 0, 12]);
  expect(texts(queue.take(1))).toEqual(['ab']); // at least one, however large
  expect([queue.taken, queue.bytes]).toEqual([2, 10]);
  queue.clear();
  expect([queue.taken, queue.bytes, queue.isEmpty]).toEqual([3, 0, true]);
});

test('only deltas merge: two lines of a log stay two', () => {
  const queue = new EmissionQueue();
  for (const draft of [line, line, delta('a'), line]) queue.push(draft, 1);
  expect(queue.take(100)).toEqual([line, line, delta('a'), line]);
});

test('deltas of one block id in two conversations do not merge', () => {
  const queue = new EmissionQueue();
  queue.push(delta('a'), 1);
  queue.push({ ...delta('b'), conversationId: 'side' }, 1);
  expect(texts(queue.take(100))).toEqual(['a', 'b']);
});

test('a merged delta has the bound to the byte', () => {
  const queue = new EmissionQueue();
  queue.push(delta('a'), MERGED_DELTA_BYTES - 1);
  queue.push(delta('b'), 1);
  queue.push(delta('c'), 1);
  expect(texts(queue.take(Number.POSITIVE_INFINITY))).toEqual(['ab', 'c']);
});

test('what is taken fits, to the byte, and is gone', () => {
  const queue = new EmissionQueue();
  for (const blockId of ['a', 'b', 'c']) queue.push(delta(blockId, blockId), 10);
  expect(texts(queue.take(20))).toEqual(['a', 'b']);
  expect([queue.bytes, queue.isEmpty]).toEqual([10, false]);
  expect(texts(queue.take(20))).toEqual(['c']);
  expect([queue.take(20), queue.taken, queue.isEmpty]).toEqual([[], 3, true]);
});
