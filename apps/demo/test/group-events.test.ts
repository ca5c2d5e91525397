import type { LogEvent } from '@perdure/client';
import { expect, it } from 'vitest';
import { describeEvent } from '../web/describe-event.ts';
import { groupEvents } from '../web/group-events.ts';

const envelope = { at: '2026-01-01T00:00:00.000Z', actor: { principalId: 'ann' }, source: 'agent' } as const;
const delta = (seq: number, blockId: string): LogEvent => ({
  ...envelope,
  seq,
  type: 'block:delta',
  payload: { blockId, delta: ` word ${seq}\n` },
});
const completed = (seq: number): LogEvent => ({ ...envelope, seq, type: 'run:completed', payload: {} });

it('puts adjacent deltas of one block on one line', () => {
  const newestFirst = [
    completed(6),
    delta(5, 'b'),
    delta(4, 'a'),
    delta(3, 'a'),
    completed(2),
    delta(1, 'a'),
  ];
  expect(
    groupEvents(newestFirst).map(({ newest, firstSeq, count }) => [newest.seq, firstSeq, count]),
  ).toEqual([
    [6, 6, 1],
    [5, 5, 1],
    [4, 3, 2],
    [2, 2, 1],
    [1, 1, 1],
  ]);
});

it('describes an event in a line, and one of a later release not at all', () => {
  expect(describeEvent(delta(1, 'a'))).toBe('word 1');
  const long: LogEvent = {
    ...envelope,
    seq: 1,
    type: 'log',
    payload: { level: 'info', message: 'x'.repeat(99) },
  };
  expect(describeEvent(long)).toHaveLength(60);
  expect(describeEvent({ ...envelope, seq: 1, type: 'of:later', payload: {} } as unknown as LogEvent)).toBe(
    '',
  );
});
