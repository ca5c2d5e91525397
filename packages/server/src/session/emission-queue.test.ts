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
