import { expect, test } from 'vitest';
import { joinEvents } from '../session/row-body.ts';
import type { LogRow } from '../store/session-store.ts';
import { cutFrame } from './cut-frame.ts';
import { rowAfter, splitRow, type WholeRow } from './cut-row.ts';
import { corruptMarker, envelopeBytes } from './splice-frame.ts';

const text = (seq: number, length = 10) => `${seq}`.padEnd(length, '.');

function row(after: number, given: Partial<LogRow> = {}): LogRow {
  const base = { after, through: after + 1, type: 'log', audience: 'client', epoch: 7 } as const;
  return { ...base, body: text(after + 1), ...given };
}

function deltas(after: number, count: number, length = 10): WholeRow {
  const texts = Array.from({ length: count }, (_, index) => text(after + 1 + index, length));
  return { ...row(after), through: after + count, type: 'block:delta', body: joinEvents(texts) };
}

/** `room` is what a frame has for events. */
function cut(
  rows: LogRow[],
  { seq = 0, room = 10_000, types }: { seq?: number; room?: number; types?: string[] } = {},
) {
  const examined = { epoch: 7, seq };
  const state = { examined, types: types && new Set(types) };
  const { texts, through } = cutFrame(state, { rows, head: 99, floor: 0 }, envelopeBytes + room);
  return { texts, seq: through.seq, epoch: through.epoch };
}

test('[D1] a frame has the events after the place, and of a row that the place falls into the rest', () => {
  const rows = [row(0), row(1), deltas(2, 3), row(5, { epoch: 8 })];
  const all = [text(1), text(2), deltas(2, 3).body, text(6)];
  expect(cut(rows)).toEqual({ texts: all, seq: 6, epoch: 8 });
  expect(cut(rows, { seq: 2 })).toEqual({ texts: all.slice(2), seq: 6, epoch: 8 });
  expect(cut(rows, { seq: 3 }).texts).toEqual([deltas(3, 2).body, text(6)]);
  expect(cut(rows, { seq: 6 })).toEqual({ texts: [], seq: 6, epoch: 7 });
  expect(cut([])).toEqual({ texts: [], seq: 0, epoch: 7 });
});

test('what is not asked for moves the place and says nothing; what is for the server is in no frame', () => {
  const rows = [row(0), row(1, { type: 'error' }), row(2, { type: 'secret', audience: 'server' }), row(3)];
  expect(cut(rows, { types: ['error', 'secret'] })).toEqual({ texts: [text(2)], seq: 4, epoch: 7 });
  expect(cut(rows).texts).toEqual([text(1), text(2), text(4)]);
  expect(cut(rows, { types: [] })).toEqual({ texts: [], seq: 4, epoch: 7 });
});

test('[H8] what is lost is told to everyone, whatever types they hear of: it may have been of any', () => {
  const damaged = row(4, { through: 9, body: null });
  const told = { texts: [corruptMarker(damaged)], seq: 9, epoch: 7 };
  expect(cut([damaged])).toEqual(told);
  for (const types of [['session:corrupt'], ['log'], []]) expect(cut([damaged], { types })).toEqual(told);
  expect(cut([damaged, row(9)], { types: ['error'] })).toEqual({ ...told, seq: 10 });
  expect(cut([row(0)], { types: ['session:corrupt'] }).texts).toEqual([]);
  expect(JSON.parse(corruptMarker(damaged))).toMatchObject({
    ...{ seq: 9, type: 'session:corrupt', payload: { after: 4, through: 9 }, source: 'server' },
  });
});

test('[E10] a frame is full to the byte, commas included', () => {
  const rows = [row(0), row(1)];
  expect(cut(rows, { room: 22 })).toMatchObject({ texts: [text(1), text(2)], seq: 2 });
  expect(cut(rows, { room: 21 })).toMatchObject({ texts: [text(1)], seq: 1 });
  const wide = [row(0, { body: '€€€' }), row(1)];
  expect(cut(wide, { room: 21 })).toMatchObject({ texts: ['€€€', text(2)], seq: 2 });
  expect(cut(wide, { room: 20 })).toMatchObject({ texts: ['€€€'], seq: 1 });
  const marker = corruptMarker(row(1, { body: null }));
  const broken = [row(0), row(1, { body: null })];
  expect(cut(broken, { room: 12 + marker.length }).texts).toEqual([text(1), marker]);
  expect(cut(broken, { room: 11 + marker.length }).texts).toEqual([text(1)]);
  expect(cut(broken.slice(1), { seq: 1, room: 0 }).texts).toEqual([marker]);
});

test('[E10] of a row too large for a frame the first part is taken, but only into a frame of its own', () => {
  const large = deltas(0, 10);
  expect(cut([large], { room: 36 })).toEqual({ texts: [deltas(0, 3).body], seq: 3, epoch: 7 });
  expect(cut([large], { seq: 3, room: 36 })).toMatchObject({ texts: [deltas(3, 3).body], seq: 6 });
  expect(cut([row(-1), large], { seq: -1, room: 100 })).toMatchObject({ texts: [text(0)], seq: 0 });
  expect(cut([row(0, { body: text(1, 500) })], { room: 100 }).texts).toEqual([text(1, 500)]);
});

test('a row is cut at its events into rows that fit, and one of a single event stands as it is', () => {
  const large = deltas(5, 5);
  const parts = splitRow(large, 24);
  expect(parts.map(({ after, through, body, epoch, type }) => [after, through, body, epoch, type])).toEqual([
    [5, 7, deltas(5, 2).body, 7, 'block:delta'],
    [7, 9, deltas(7, 2).body, 7, 'block:delta'],
    [9, 10, text(10), 7, 'block:delta'],
  ]);
  expect(splitRow(large, Buffer.byteLength(large.body))).toEqual([large]);
  expect(splitRow(large, Buffer.byteLength(large.body) - 1)).toHaveLength(2);
  expect(splitRow(large, 1)).toHaveLength(5);
  const single = { ...row(0), body: text(1, 100) };
  expect(splitRow(single, 10)).toEqual([single]);
  expect([rowAfter(large, 5), rowAfter(large, 4)]).toEqual([large, large]);
  expect(rowAfter(large, 8)).toEqual(deltas(8, 2));
});
