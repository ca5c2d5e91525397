import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { ArrayLog } from '../testing/array-log.ts';
import { nextTurn } from '../testing/hub-world.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import type { FrameSink } from './client-hub.ts';
import { FollowerLine, type FollowerLineOptions } from './follower-line.ts';

/** A follower of type `wanted` at the beginning of a log, without a hub. */
function world(given: Partial<FollowerLineOptions> = {}, room?: number) {
  const clock = new ManualClock();
  const log = new ArrayLog(1, { isSynchronous: true });
  const sink = new RecordingSink(room);
  const left = new AbortController();
  const ended: unknown[] = [];
  let settled = 0;
  const line = new FollowerLine({
    follower: {
      ...{ session: 1, sessionId: 's', principalId: 'ann', types: new Set(['wanted']) },
      ...{ lastEventId: undefined, from: 'beginning' },
    },
    ...{ sink, signal: left.signal, clock, idleMs: 5_000 },
    ports: {
      read: (session, after, maxBytes) => log.read(session, after, maxBytes),
      epochAt: (session, seq) => log.epochAt(session, seq),
      ...{ maxFrameBytes: 32_768, idleSeqs: 10 },
    },
    startOver: () => Promise.reject(new Error('The log is kept from its beginning.')),
    onEnded: (error) => ended.push(error),
    onSettled: () => {
      settled += 1;
    },
    ...given,
  });
  const origin = { place: { epoch: 0, seq: 0 }, head: 0 };
  const emit = (...types: string[]) => line.advance(log.append(...types.map((type) => ({ type }))).head);
  const ranges = () =>
    sink.frames.map((frame) =>
      frame.kind === 'events' ? [frame.after, frame.through, frame.events.length] : frame.kind,
    );
  return { clock, log, sink, left, ended, line, origin, emit, ranges, settled: () => settled };
}

const refuses = (error: unknown): FrameSink => ({
  send: () => {
    throw error;
  },
  drained: () => Promise.resolve(),
});

test('what was skipped is told by an empty frame after a while, once', () => {
  const { line, origin, emit, ranges, clock } = world();
  line.begin(origin);
  emit('other');
  expect([ranges(), clock.pending]).toEqual([[[0, 0, 0]], 1]);
  clock.advance(4_000);
  emit('other');
  clock.advance(999);
  expect(ranges()).toHaveLength(1);
  clock.advance(1);
  expect([ranges().at(-1), clock.pending]).toEqual([[0, 2, 0], 0]);
  clock.advance(60_000);
  expect(ranges()).toHaveLength(2);
});

test('what was skipped is told with what comes, and no empty frame is due after it', () => {
  const { line, origin, emit, ranges, clock } = world();
  line.begin(origin);
  emit('other', 'wanted');
  expect([ranges().at(-1), clock.pending]).toEqual([[0, 2, 1], 0]);
  emit('other');
  emit('wanted');
  expect([ranges().at(-1), clock.pending]).toEqual([[2, 4, 1], 0]);
  clock.advance(60_000);
  expect(ranges()).toHaveLength(3);
});

test('so many skipped events are an empty frame of their own', () => {
  const { line, origin, emit, ranges } = world();
  line.begin(origin);
  emit(...Array<string>(9).fill('other'));
  expect(ranges()).toHaveLength(1);
  emit('other');
  expect(ranges().at(-1)).toEqual([0, 10, 0]);
  emit(...Array<string>(9).fill('other'));
  expect(ranges()).toHaveLength(2);
});

test('[A9] a follower has settled when it was handed all there is, and its sink has taken it', async () => {
  const { line, origin, emit, sink, settled } = world({}, 1);
  expect(line.isSettled).toBe(false);
  line.begin(origin);
  expect([line.isSettled, settled()]).toEqual([false, 0]); // its sink is full
  sink.drain(1);
  await nextTurn();
  expect([line.isSettled, settled()]).toEqual([true, 1]);
  emit('wanted');
  expect([line.isSettled, settled()]).toEqual([false, 1]);
  line.end();
  expect(line.isSettled).toBe(true);

  const quick = world();
  const read = Promise.withResolvers<typeof quick.origin>();
  quick.line.begin(read.promise);
  emit('other');
  expect([quick.line.isSettled, quick.ranges()]).toEqual([false, []]);
  read.resolve(quick.origin);
  await nextTurn();
  expect([quick.line.isSettled, quick.settled()]).toEqual([true, 1]);
});

test('a follower ends once, and nothing of it is left: no listener, timer or wait', async () => {
  const { line, origin, emit, ended, clock, left, ranges } = world();
  line.begin(origin);
  emit('other');
  expect([clock.pending, getEventListeners(left.signal, 'abort').length]).toEqual([1, 1]);
  line.end('why');
  line.end('again');
  left.abort();
  emit('wanted');
  expect([ended, clock.pending, getEventListeners(left.signal, 'abort')]).toEqual([['why'], 0, []]);
  expect(ranges()).toHaveLength(1);

  const parked = world({}, 1);
  parked.line.begin(parked.origin);
  await nextTurn();
  expect(parked.sink.isWaiting).toBe(true);
  parked.left.abort();
  await nextTurn();
  expect([parked.sink.isWaiting, parked.ended]).toEqual([false, [undefined]]);
});

test('a follower that left before its place was known is sent nothing', async () => {
  const { line, left, origin, ranges, ended } = world();
  const start = Promise.withResolvers<typeof origin>();
  line.begin(start.promise);
  left.abort();
  start.resolve(origin);
  await nextTurn();
  expect([ranges(), ended]).toEqual([[], [undefined]]);
});

test('what goes wrong ends the follower with it: its place, a read at once or later, or its sink', async () => {
  const boom = new Error('boom');
  const lost = world();
  lost.line.begin(Promise.reject(boom));
  const ports = (read: () => never | Promise<never>) => ({
    ports: { read, epochAt: async () => 0, maxFrameBytes: 1_000, idleSeqs: 10 },
  });
  const atOnce = world(
    ports(() => {
      throw boom;
    }),
  );
  const later = world(ports(() => Promise.reject(boom)));
  const sink = world({ sink: refuses(boom) });
  for (const { line, origin } of [atOnce, later, sink]) line.begin(origin);
  await nextTurn();
  for (const { ended, line, clock } of [lost, atOnce, later, sink]) {
    expect([ended, line.isSettled, clock.pending]).toEqual([[boom], true, 0]);
  }
  const snapshot = { reason: 'start', state: '{}' } as const;
  const refused = world({ sink: refuses(boom) });
  refused.line.begin({ ...refused.origin, snapshot });
  expect(refused.ended).toEqual([boom]);
});

test('[D3] a snapshot comes first, live if nothing came since; what came is told after it', () => {
  const { line, log, ranges, sink } = world();
  log.append({ type: 'wanted' }, { type: 'wanted' });
  const snapshot = { reason: 'start', state: '{"title":"x"}' } as const;
  line.begin({ place: { epoch: 7, seq: 1 }, head: 2, snapshot });
  expect(ranges()).toEqual(['snapshot', [1, 2, 1]]);
  expect(sink.frames).toMatchObject([{ state: { title: 'x' }, live: false }, { live: true }]);
  const whole = world();
  whole.line.begin({ place: { epoch: 7, seq: 0 }, head: 0, snapshot });
  expect(whole.sink.frames).toMatchObject([{ kind: 'snapshot', live: true }]);
});
