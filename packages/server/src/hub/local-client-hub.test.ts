import { getEventListeners } from 'node:events';
import { isPerdureError, ORIGIN, PerdureError } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { ArrayLog, type ArrayLogOptions } from '../testing/array-log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import type { FrameSink } from './client-hub.ts';
import type { Follower } from './follower.ts';
import { LocalClientHub, type LocalClientHubOptions } from './local-client-hub.ts';

type WorldOptions = ArrayLogOptions & Omit<Partial<LocalClientHubOptions>, 'source' | 'clock'>;

function world(options: WorldOptions = {}) {
  const clock = new ManualClock();
  const log = new ArrayLog(1, options);
  const hub = new LocalClientHub({ ...options, source: log, clock });
  const follow = (wish: Partial<Follower> = {}, sink: FrameSink = new RecordingSink()) => {
    const leaver = new AbortController();
    const follower: Follower = {
      session: 1,
      sessionId: 's',
      principalId: 'ann',
      types: undefined,
      lastEventId: undefined,
      from: 'beginning',
      ...wish,
    };
    const ended = hub.follow(follower, sink, leaver.signal).then(
      () => 'left' as const,
      (error: unknown) => error,
    );
    return { sink, ended, leave: () => leaver.abort(), signal: leaver.signal };
  };
  const join = async (wish: Partial<Follower> = {}, room?: number) => {
    const sink = new RecordingSink(room);
    const following = follow(wish, sink);
    await sink.until(({ texts }) => texts.length > 0);
    return { ...following, sink };
  };
  return {
    clock,
    log,
    hub,
    follow,
    join,
    emit: (...drafts: Parameters<ArrayLog['append']>) => hub.broadcast(1, log.append(...drafts)),
  };
}

describe('joining', () => {
  it('[D3] answers an empty live frame when there is nothing to tell', async () => {
    const { log, join } = world();
    log.append({}, {});
    const { sink } = await join({ from: 'now' });
    expect(sink.frames).toEqual([
      { kind: 'events', cursor: log.tip, after: 2, through: 2, events: [], live: true },
    ]);
  });

  it('[D3] says live on the frame that reaches the head, once', async () => {
    const { log, join } = world({ maxFrameBytes: 1_000 });
    for (let index = 0; index < 50; index += 1) log.append({});
    const { sink } = await join();
    await sink.until(({ frames }) => frames.at(-1)?.live === true);
    expect(sink.frames.length).toBeGreaterThan(5);
    expect(sink.frames.map(({ live }) => live).indexOf(true)).toBe(sink.frames.length - 1);
    expect(sink.events).toEqual(log.expected(0));
  });

  it('[D4] gives from the beginning, after a cursor, from a snapshot and from now exactly their ranges', async () => {
    const { log, join, emit } = world();
    log.append({}, {});
    const cursor = log.tip;
    log.append({ type: 'block:delta', events: 3 });
    const [beginning, resumed, snapshot, now] = await Promise.all([
      join(),
      join({ lastEventId: cursor, from: 'now' }),
      join({ from: 'snapshot' }),
      join({ from: 'now' }),
    ]);
    expect(snapshot.sink.frames).toEqual([
      {
        kind: 'snapshot',
        cursor: log.tip,
        reason: 'start',
        state: expect.objectContaining({ title: 'at 5' }),
        live: true,
      },
    ]);
    emit({});
    expect(beginning.sink.events).toEqual(log.expected(0));
    expect(resumed.sink.events).toEqual(log.expected(2));
    expect(snapshot.sink.events).toEqual(log.expected(5));
    expect(now.sink.events).toEqual(log.expected(5));
  });

  it('[D5] refuses rubbish, and answers each lost cursor with a snapshot that says why', async () => {
    const { log, follow, join } = world();
    log.append({}, {}, {});
    const [epoch] = log.tip.split('.');
    for (const rubbish of ['', 'x', '1', '01.1', '1.-1', `${log.tip} `, '9e9.1']) {
      const error = await follow({ lastEventId: rubbish }).ended;
      expect(isPerdureError(error, 'invalid-cursor'), rubbish).toBe(true);
    }
    const reasonOf = async (lastEventId: string) => {
      const { sink } = await join({ lastEventId });
      const [frame] = sink.frames;
      return frame?.kind === 'snapshot' ? frame.reason : frame?.kind;
    };
    expect(await reasonOf(ORIGIN)).toBe('events');
    expect(await reasonOf('7.2')).toBe('epoch');
    expect(await reasonOf(`${epoch}.9`)).toBe('ahead');
    log.retain(2);
    expect(await reasonOf(`${epoch}.1`)).toBe('retention');
    expect(await reasonOf(ORIGIN)).toBe('retention');
  });

  it('[D5] takes the cursors of each claim, and of no other', async () => {
    const { log, emit, join } = world();
    emit({}, {});
    const old = log.tip;
    log.claim();
    emit({}, {});
    const [oldEpoch] = old.split('.');
    const [newEpoch] = log.tip.split('.');
    for (const [cursor, kind] of [
      [`${oldEpoch}.2`, 'events'],
      [`${newEpoch}.3`, 'events'],
      [`${oldEpoch}.3`, 'snapshot'],
      [`${newEpoch}.2`, 'snapshot'],
    ] as const) {
      const { sink } = await join({ lastEventId: cursor });
      expect(sink.frames[0]?.kind, cursor).toBe(kind);
    }
  });
});

describe('the log behind a hub', () => {
  it('[D5] looks up a cursor at the edge of what is recent, where no row here tells its epoch', async () => {
    const { log, emit, join } = world();
    log.append({});
    log.claim();
    emit({});
    const [epoch] = log.tip.split('.');
    const { sink } = await join({ lastEventId: `${epoch}.1` });
    expect(sink.frames[0]).toMatchObject({ kind: 'snapshot', reason: 'epoch' });
  });

  it('[D1] reads what it was not told of', async () => {
    const { log, emit, join } = world();
    emit({});
    const { sink } = await join();
    log.append({}, {});
    emit({});
    await sink.until(({ events }) => events.length === 4);
    const late = await join();
    expect([sink.events, late.sink.events]).toEqual([log.expected(0), log.expected(0)]);
  });

  it('[D1] gives a cursor of the right claim where the log ends in what was taken out', async () => {
    const { log, hub, emit, join } = world({ ringBytes: 0 });
    emit({});
    const early = await join();
    log.claim();
    const advance = log.append({ type: 'block:delta', events: 3 });
    log.compact(5);
    hub.broadcast(1, advance);
    const late = await join();
    await late.sink.until(({ frames }) => frames.at(-1)?.live === true);
    expect(late.sink.frames.at(-1)).toMatchObject({ cursor: log.tip, through: 4 });
    const resumed = await join({ lastEventId: log.tip });
    expect(resumed.sink.frames).toMatchObject([{ kind: 'events', after: 4, live: true }]);
    expect(early.sink.events).toEqual(log.expected(0));
  });

  it('[D2] is behind a snapshot that was overtaken while it was made, and says so', async () => {
    const { log, hub, emit, follow } = world({ ringBytes: 0 });
    emit({});
    const head = log.head.bind(log);
    let isFirst = true;
    log.head = async () => {
      const place = await head();
      // The snapshot asks first, the hub second: what is written after its answer only the broadcast tells.
      if (!isFirst) emit({});
      isFirst = false;
      return place;
    };
    const sink = new RecordingSink();
    follow({ from: 'snapshot' }, sink);
    await sink.until(({ texts }) => texts.length === 2);
    expect(sink.frames.map(({ kind, live }) => [kind, live])).toEqual([
      ['snapshot', false],
      ['events', true],
    ]);
    expect(sink.events).toEqual(log.expected(1));
    expect(hub.getClientCount(1)).toBe(1);
  });

  it('waits for its end when a session is gone from the store, without asking again and again', async () => {
    const { log, hub, join } = world({ ringBytes: 0 });
    const advance = log.append({});
    const { sink } = await join();
    log.read = (_session, after) => {
      log.reads.push({ after, rows: 0 });
      return Promise.resolve({ rows: [], head: 0, floor: 0 });
    };
    const before = log.reads.length;
    hub.broadcast(1, { ...advance, head: 2 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.reads.length - before).toBe(1);
    expect(sink.frames).toHaveLength(1);
  });

  it('[Q3] answers those who come back soon from memory', async () => {
    const { log, emit, join } = world();
    emit({}, {}, {});
    const cursor = log.tip;
    emit({}, {});
    const { sink } = await join({ lastEventId: cursor });
    expect(sink.events).toEqual(log.expected(3));
    expect(log.reads).toEqual([]);
  });

  it('[E10] forgets what nobody asked for in a minute, and nothing else', async () => {
    const { hub, clock } = world();
    hub.broadcast(1, new ArrayLog(1).append({}));
    clock.advance(30_000);
    hub.broadcast(2, new ArrayLog(2).append({}));
    clock.advance(30_000);
    expect(hub.usage.rings).toBe(1);
    clock.advance(60_000);
    expect(hub.usage).toMatchObject({ rings: 0, ringBytes: 0 });
    expect(clock.pending).toBe(0);
  });

  it('[E10] keeps what is recent within its budget, the busiest session too', async () => {
    const { hub, log } = world({ ringBytes: 100_000, sessionRingBytes: 40_000 });
    for (let session = 1; session <= 10; session += 1) {
      for (let count = 0; count < 100; count += 1) {
        hub.broadcast(session, new ArrayLog(session).append({ length: 2_000 }));
        hub.broadcast(11, log.append({ length: 2_000 }));
        expect(hub.usage.ringBytes).toBeLessThanOrEqual(100_000);
      }
    }
    expect(hub.usage.ringBytes).toBeGreaterThan(30_000);
  });
});

describe('leaving', () => {
  it('[E1] leaves nothing behind after the last follower: no count, entry, ring, timer or listener', async () => {
    const { hub, clock, emit, join } = world({ ringLingerMs: 60_000 });
    emit({}, { audience: 'server' });
    const fast = await join();
    const slow = await join({}, 1);
    emit({}, { audience: 'server' });
    expect(hub.usage).toMatchObject({ followers: 2, followedSessions: 1, rings: 1 });
    expect(clock.pending).toBeGreaterThan(0);
    fast.leave();
    slow.leave();
    expect(await fast.ended).toBe('left');
    expect(await slow.ended).toBe('left');
    clock.advance(120_000);
    expect(hub.usage).toEqual({ followers: 0, followedSessions: 0, rings: 0, ringBytes: 0 });
    expect(clock.pending).toBe(0);
    for (const { signal } of [fast, slow]) expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('[E9] a sink that throws ends its own follower and no other', async () => {
    const { hub, emit, follow, join } = world();
    emit({});
    const well = await join();
    const broken = follow(
      {},
      {
        send: () => {
          throw new Error('torn');
        },
        drained: async () => {},
      },
    );
    expect(await broken.ended).toEqual(new Error('torn'));
    emit({});
    expect(well.sink.events).toHaveLength(2);
    expect(hub.getClientCount(1)).toBe(1);
  });

  it('ends the followers of a session with an error, those that wait for room or a read too', async () => {
    const { hub, log, follow, join } = world({ beforeRead: () => new Promise(() => {}) });
    log.append({});
    const reading = follow();
    const parked = await join({ from: 'snapshot' }, 1);
    hub.broadcast(1, log.append({}));
    expect(hub.usage.rings).toBe(1);
    const error = new PerdureError('session-deleted', 'Gone.');
    hub.end(1, error);
    expect(await reading.ended).toBe(error);
    expect(await parked.ended).toBe(error);
    expect(parked.sink.isWaiting).toBe(false);
    expect(hub.usage).toEqual({ followers: 0, followedSessions: 0, rings: 0, ringBytes: 0 });
    for (const { signal } of [reading, parked]) expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('tells that there is no such session', async () => {
    const { hub, follow } = world();
    expect(isPerdureError(await follow({ from: 'snapshot' }).ended, 'session-not-found')).toBe(true);
    expect(hub.usage.followedSessions).toBe(0);
  });

  it('closes: followers end, and no other is taken', async () => {
    const { hub, log, join, follow } = world();
    log.append({});
    const first = await join();
    hub.close();
    expect(await first.ended).toBe('left');
    expect(isPerdureError(await follow().ended, 'shutting-down')).toBe(true);
  });

  it('closes with an error, the first one it was given, and keeps nothing that comes later', async () => {
    const { hub, clock, join, emit, follow } = world();
    emit({});
    const first = await join();
    expect([hub.getClientCount(), hub.getClientCount(1), hub.getClientCount(2)]).toEqual([1, 1, 0]);
    const error = new PerdureError('shutting-down', 'Come back at noon.');
    hub.close(error);
    hub.close(new PerdureError('internal', 'Too late.'));
    emit({});
    expect([await first.ended, await follow().ended]).toEqual([error, error]);
    expect(hub.usage).toEqual({ followers: 0, followedSessions: 0, rings: 0, ringBytes: 0 });
    expect([hub.getClientCount(), hub.getClientCount(1), clock.pending]).toEqual([0, 0, 0]);
  });

  it('takes nobody who has left already, and asks the log for nothing', async () => {
    const { hub, log } = world();
    log.append({});
    const sink = new RecordingSink();
    const wish = { session: 1, sessionId: 's', principalId: 'ann', types: undefined } as const;
    await hub.follow({ ...wish, lastEventId: undefined, from: 'now' }, sink, AbortSignal.abort());
    expect([sink.texts, log.reads, hub.getClientCount()]).toEqual([[], [], 0]);
  });
});

describe('settling', () => {
  it('[A9] resolves when every follower has taken what there was, however slow one is', async () => {
    const { hub, join, emit } = world();
    await join();
    const { sink: slow } = await join({}, 1);
    emit({});
    let isSettled = false;
    const settled = hub.settled().then(() => {
      isSettled = true;
    });
    await slow.until(({ isWaiting }) => isWaiting);
    await Promise.resolve();
    expect(isSettled).toBe(false);
    slow.drain();
    await settled;
    expect(slow.frames.at(-1)).toMatchObject({ through: 1, live: true });
  });

  it('[A9] resolves at once without followers, and when the last that was behind leaves', async () => {
    const { hub, join, emit } = world();
    await hub.settled();
    const { sink, leave } = await join({}, 1);
    emit({});
    const settled = hub.settled();
    await sink.until(({ isWaiting }) => isWaiting);
    leave();
    await settled;
  });
});
