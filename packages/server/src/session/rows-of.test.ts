import type { AnyEvent } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { splitEvents } from './row-body.ts';
import { rowsOf } from './rows-of.ts';

const event = (seq: number, type: string, payload: unknown): AnyEvent => ({
  seq,
  at: '2026-01-01T00:00:00.000Z',
  type,
  payload,
  actor: { principalId: 'ann' },
  source: 'agent',
});

test('a row is one kept event, or a run of adjacent deltas of one block', () => {
  const events = [
    event(5, 'block:delta', { blockId: 'a', delta: '1\t,' }),
    event(6, 'block:delta', { blockId: 'a', delta: '2' }),
    event(7, 'block:delta', { blockId: 'b', delta: '3' }),
    event(8, 'log', { level: 'info', message: 'x' }),
    event(9, 'log', { level: 'info', message: 'y' }),
  ];
  const rows = rowsOf(events);
  expect(rows.map(({ after, through, type }) => [after, through, type])).toEqual([
    [4, 6, 'block:delta'],
    [6, 7, 'block:delta'],
    [7, 8, 'log'],
    [8, 9, 'log'],
  ]);
  const texts = rows.flatMap((row) => splitEvents(row.body));
  expect(texts.map((text) => JSON.parse(text))).toEqual(events);
});

test('an event of an unknown type is kept from clients', () => {
  expect(rowsOf([event(1, 'later:thing', {})])).toMatchObject([{ audience: 'server' }]);
});

test('deltas of one block id in two conversations are two rows', () => {
  const delta = (seq: number, conversationId?: string): AnyEvent => ({
    ...event(seq, 'block:delta', { blockId: 'a', delta: 'x' }),
    ...(conversationId !== undefined && { conversationId }),
  });
  const rows = rowsOf([delta(1), delta(2), delta(3, 'main'), delta(4, 'side'), delta(5, 'side')]);
  expect(rows.map(({ after, through }) => [after, through])).toEqual([
    [0, 2],
    [2, 3],
    [3, 5],
  ]);
});
