import { expect, test } from 'vitest';
import { joinEvents } from '../session/row-body.ts';
import type { LogRow } from '../store/session-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecentRows } from './recent-rows.ts';

const bounds = { maxBytes: 100_000, maxSessionBytes: 100_000, maxRowBytes: 1_000, lingerMs: 60_000 };

function row(after: number, body: string | null = `{"seq":${after + 1}}`, epoch = 7): LogRow {
  return { after, through: after + 1, type: 'log', audience: 'client', body, epoch };
}

function rings(given: Partial<typeof bounds> = {}) {
  const clock = new ManualClock();
  const recent = new RecentRows({ clock, ...bounds, ...given });
  const append = (session: number, ...rows: LogRow[]) => {
    const last = rows.at(-1);
    recent.append(session, { head: last?.through ?? 0, epoch: last?.epoch ?? 0, rows });
  };
  const read = (session: number, after: number, maxBytes = 1_000_000) =>
    recent.read(session, after, maxBytes)?.rows.map(({ through }) => through);
  return { clock, recent, append, read };
}

test('[D2] rows are read from any place between the base and the head, and from no other', () => {
  const { append, read, recent } = rings();
  append(1, row(5), row(6), row(7));
  append(1, row(8));
  expect([4, 5, 6, 8, 9, 10].map((after) => read(1, after))).toEqual([
    undefined,
    [6, 7, 8, 9],
    [7, 8, 9],
    [9],
    [],
    undefined,
  ]);
  expect(recent.read(1, 5, 1_000)?.head).toBe(9);
  expect(read(2, 0)).toBeUndefined();
  expect([recent.tip(1), recent.tip(2)]).toEqual([{ epoch: 7, seq: 9 }, undefined]);
});

test('a page ends before its bytes are passed, but has one row', () => {
  const { append, read } = rings();
  append(1, row(0, 'x'.repeat(10)), row(1, null), row(2, 'x'.repeat(10)), row(3, 'x'));
  expect([9, 10, 19, 20, 21].map((maxBytes) => read(1, 0, maxBytes))).toEqual([
    [1],
    [1, 2],
    [1, 2],
    [1, 2, 3],
    [1, 2, 3, 4],
  ]);
  expect(read(1, 2, 1)).toEqual([3]);
});

test('[D2] rows that do not adjoin what is there begin a ring of their own', () => {
  const { append, read, recent } = rings();
  append(1, row(0));
  append(1, row(2));
  expect([read(1, 0), read(1, 2)]).toEqual([undefined, [3]]);
  const bytes = recent.bytes;
  append(1, row(9));
  expect([recent.bytes, recent.size]).toEqual([bytes + 1, 1]); // its seq has one digit more
});

test('[D2] an advance with a hole, without rows or with another head leaves no ring behind', () => {
  const { append, recent, read } = rings();
  const broken = [[row(1), row(3)], []];
  for (const rows of broken) {
    append(1, row(0));
    recent.append(1, { head: 4, epoch: 7, rows });
    expect([recent.size, recent.bytes, read(1, 0)]).toEqual([0, 0, undefined]);
  }
  append(1, row(0));
  recent.append(1, { head: 3, epoch: 7, rows: [row(1)] });
  expect([recent.size, recent.bytes]).toEqual([0, 0]);
});

test('a cursor is surely valid where the row that it points into is here, of its epoch', () => {
  const { append, recent } = rings();
  append(1, row(4, 'x', 7), row(5, 'x', 8));
  const held = (epoch: number, seq: number, session = 1) => recent.holds(session, { epoch, seq });
  expect([held(7, 5), held(8, 6)]).toEqual([true, true]);
  expect([held(8, 5), held(7, 6), held(7, 4), held(8, 7), held(7, 5, 2)]).toEqual(Array(5).fill(false));
});

test('a row of several events is cut once, here; a damaged one stands as it is', () => {
  const { append, read, recent } = rings({ maxRowBytes: 25 });
  const texts = ['{"seq":1}', '{"seq":2}', '{"seq":3}'];
  const deltas: LogRow = { ...row(0), through: 3, type: 'block:delta', body: joinEvents(texts) };
  append(1, deltas, { ...row(3, null), through: 9 });
  expect(read(1, 0)).toEqual([2, 3, 9]);
  expect(recent.read(1, 2, 1_000)?.rows[0]).toMatchObject({ after: 2, body: '{"seq":3}', epoch: 7 });
  expect(recent.holds(1, { epoch: 7, seq: 6 })).toBe(true);
});

test('[E10] a ring is bounded: its oldest rows go, down to three quarters', () => {
  const { append, read, recent } = rings({ maxSessionBytes: 320 + 4 * 260 });
  for (let after = 0; after < 4; after += 1) append(1, row(after, 'x'.repeat(100)));
  expect([recent.bytes, read(1, 0)]).toEqual([1_360, [1, 2, 3, 4]]);
  append(1, row(4, 'x'.repeat(100)));
  // 1,620 less three times 260 is 840: at most 1,020, three quarters of 1,360.
  expect([recent.bytes, read(1, 0), read(1, 2), read(1, 3)]).toEqual([840, undefined, undefined, [4, 5]]);
  expect(recent.holds(1, { epoch: 7, seq: 3 })).toBe(false);
  // What went is gone: the next time the oldest of those that are left go.
  for (let after = 5; after < 8; after += 1) append(1, row(after, 'x'.repeat(100)));
  expect([recent.bytes, read(1, 5), read(1, 6)]).toEqual([840, undefined, [7, 8]]);
});

test('[E10] text that needs two bytes a character counts twice, a damaged row as one without a text', () => {
  const { append, recent } = rings();
  append(1, row(0, 'x'.repeat(100)));
  expect(recent.bytes).toBe(320 + 160 + 100);
  append(1, row(1, `é${'x'.repeat(99)}`));
  expect(recent.bytes).toBe(320 + 2 * 160 + 200);
  append(1, row(2, `€${'x'.repeat(99)}`));
  expect(recent.bytes).toBe(320 + 3 * 160 + 400);
  append(1, row(3, null));
  expect(recent.bytes).toBe(320 + 4 * 160 + 400);
  recent.drop(1);
  recent.drop(1);
  expect([recent.bytes, recent.size]).toEqual([0, 0]);
});

test('[E10] of all rings the one not used for longest goes first, and reading is use', () => {
  const { append, read, recent } = rings({ maxBytes: 3 * 580 });
  for (const session of [1, 2, 3]) append(session, row(0, 'x'.repeat(100)));
  expect(recent.bytes).toBe(3 * 580);
  read(1, 0);
  append(4, row(0, 'x'.repeat(100)));
  expect([1, 2, 3, 4].map((session) => read(session, 0))).toEqual([[1], undefined, [1], [1]]);
  expect([recent.bytes, recent.size]).toEqual([3 * 580, 3]);
});

test('[E10] no ring is larger than all may be together', () => {
  const { append, read, recent } = rings({ maxBytes: 600 });
  append(1, row(0, 'x'.repeat(100)));
  append(1, row(1, 'x'.repeat(100)));
  expect([recent.bytes <= 600, read(1, 0)]).toEqual([true, undefined]);
});

test('[A13] a ring that nobody uses is gone after a while, and no timer runs without one', () => {
  const { append, read, recent, clock } = rings();
  append(1, row(0));
  append(2, row(0));
  expect(clock.pending).toBe(1);
  clock.advance(59_999);
  read(2, 0);
  clock.advance(1);
  expect([recent.size, read(1, 0), clock.pending]).toEqual([1, undefined, 1]);
  clock.advance(60_000);
  expect([recent.size, recent.bytes, clock.pending]).toEqual([0, 0, 0]);
  append(1, row(0));
  expect(clock.pending).toBe(1);
  recent.close();
  expect([recent.size, recent.bytes, clock.pending]).toEqual([0, 0, 0]);
});
