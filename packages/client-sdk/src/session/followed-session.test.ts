import { type Block, PerdureError, type Submitted } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { eventsFrame, foldOf, snapshotFrame } from '../../test/frames-of.ts';
import { manualClock, settled } from '../../test/manual-clock.ts';
import { SampleLog } from '../../test/sample-log.ts';
import type { FollowTask } from '../connection/follow-connection.ts';
import { Outbox } from '../outbox/outbox.ts';
import { createOutboxStorage } from '../outbox/outbox-storage.ts';
import { memoryStorage } from '../storage/memory-storage.ts';
import { FollowedSession } from './followed-session.ts';

function scenario({
  log = new SampleLog(),
  keepBlocks = 500,
  send = () => new Promise<Submitted>(() => {}),
} = {}) {
  const clock = manualClock();
  const followed = new Set<FollowTask>();
  let follows = 0;
  const pages: object[] = [];
  const outbox: Outbox = new Outbox({
    sessionId: 's1',
    clock,
    storage: createOutboxStorage(memoryStorage(), 'x'),
    send,
    principal: async () => 'ann',
    changed: () => session.outboxChanged(),
  });
  const session = new FollowedSession(
    {
      id: 's1',
      clock,
      keepBlocks,
      follow(task) {
        follows += 1;
        followed.add(task);
        return () => void followed.delete(task);
      },
      async blocks(input) {
        pages.push(input);
        const all = foldOf(log.events).conversations['main']?.blocks ?? [];
        const from = input.cursor === undefined ? all.length : Number(input.cursor);
        const items = all.slice(Math.max(0, from - (input.limit ?? 50)), from).reverse();
        const next = from - items.length;
        return { items, nextCursor: next === 0 ? null : String(next) };
      },
    },
    outbox,
  );
  const task = () => [...followed][0] ?? fail();
  return { clock, session, outbox, task, pages, followed, follows: () => follows };
}

function fail(): never {
  throw new Error('Nobody follows.');
}

function longLog(turns: number): SampleLog {
  const log = new SampleLog();
  for (let turn = 1; turn <= turns; turn += 1) log.turn(`q${turn}`, `a${turn}`);
  return log;
}

describe('a followed session', () => {
  it('[F2] has one subscription for all who look, and none when the last has left', async () => {
    const { session, followed, follows } = scenario();
    const stops = Array.from({ length: 5 }, () => session.subscribe(() => {}));
    stops.push(session.onEvent(() => {}));
    expect(follows()).toBe(1);
    for (const stop of stops.slice(1)) stop();
    await settled();
    expect(followed.size).toBe(1);
    stops[0]?.();
    stops[0]?.();
    await settled();
    expect(followed.size).toBe(0);
  });

  it('[F2] keeps its subscription when the one who looks leaves and returns at once', async () => {
    const { session, follows, followed } = scenario();
    session.subscribe(() => {})();
    session.subscribe(() => {});
    await settled();
    expect([follows(), followed.size]).toEqual([1, 1]);
  });

  it('tells its listeners once for all that happened, and gives the same view until something did', async () => {
    const log = longLog(1);
    const { session, task } = scenario();
    let calls = 0;
    session.subscribe(() => {
      calls += 1;
    });
    await settled();
    calls = 0;
    task().onFrame(snapshotFrame(log.events, 2));
    for (let place = 2; place < log.head; place += 1)
      task().onFrame(eventsFrame(log.events, place, place + 1));
    expect(calls).toBe(0);
    await settled();
    expect(calls).toBe(1);
    const view = session.getSnapshot();
    expect(view.state).toEqual(foldOf(log.events));
    task().onFrame(eventsFrame(log.events, 2, 3)); // known already
    expect(session.getSnapshot().state).toBe(view.state);
  });

  it('[D14] of a message that was accepted into a log that is gone nothing waits any more', async () => {
    const log = longLog(1);
    const accepted = { commandId: 'c1', seq: 900, duplicate: false };
    const { session, task, outbox } = scenario({ send: async () => accepted });
    session.subscribe(() => {});
    task().onFrame(snapshotFrame(log.events));
    await outbox.submit('c1', { content: 'hello' }, undefined);
    expect(session.getSnapshot().outbox).toMatchObject([{ commandId: 'c1', status: 'accepted' }]);
    task().onFrame(snapshotFrame(log.events, log.head, 'epoch'));
    expect(session.getSnapshot().outbox).toEqual([]);
  });

  it('a listener that throws hurts nobody else', async () => {
    const thrown: unknown[] = [];
    const { session, task, clock } = scenario();
    const soon = clock.soon;
    clock.soon = (run) =>
      soon(() => {
        try {
          run();
        } catch (error) {
          thrown.push(error);
        }
      });
    let told = 0;
    session.subscribe(() => {
      throw new Error('mine');
    });
    session.subscribe(() => {
      told += 1;
    });
    session.onEvent(() => {
      throw new Error('mine too');
    });
    expect(task().onFrame(eventsFrame(longLog(1).events, 0, 3))).toBe('next');
    await settled();
    expect(told).toBe(1);
    expect(thrown.length).toBeGreaterThan(1);
  });

  it('load resolves with the state, and rejects with what ended it or with the reason of the signal', async () => {
    const log = longLog(1);
    const { session, task, followed } = scenario();
    const loading = session.load({});
    task().onFrame(snapshotFrame(log.events));
    expect(await loading).toEqual(foldOf(log.events));
    await settled();
    expect(followed.size).toBe(0);

    const gone = session.load({});
    task().onEnd(new PerdureError('session-deleted', 'gone'));
    await expect(gone).rejects.toMatchObject({ code: 'session-deleted' });
    await settled();

    const stop = new AbortController();
    const given = session.load({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await settled();
    expect(followed.size).toBe(0);
  });

  it('load rejects when the connection was given up', async () => {
    const { session, task } = scenario();
    const loading = session.load({});
    task().onAway(new PerdureError('unauthenticated', 'no'));
    await expect(loading).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('a return after leaving goes on from the place where it was', async () => {
    const log = longLog(1);
    const { session, task } = scenario();
    const stop = session.subscribe(() => {});
    expect(task().input()).toEqual({ sessionId: 's1', from: 'snapshot' });
    task().onFrame(snapshotFrame(log.events, 4));
    stop();
    await settled();
    expect(session.getSnapshot().phase).toBe('replaying');
    session.subscribe(() => {});
    expect(task().input().lastEventId).toBe(session.getSnapshot().cursor);
  });

  it('[F9] fetches older blocks page by page until there are none, and lets them go when nobody looks', async () => {
    const log = longLog(150); // 300 blocks
    const { session, task, pages } = scenario({ log, keepBlocks: 20 });
    const stop = session.subscribe(() => {});
    task().onFrame(snapshotFrame(log.events));
    const blocks = (): readonly Block[] => session.getSnapshot().state?.conversations['main']?.blocks ?? [];
    expect(blocks().length).toBe(20);
    const counts: number[] = [];
    while (await session.loadOlder('main')) counts.push(blocks().length);
    expect(counts).toEqual([100, 200, 300]);
    expect(blocks()).toEqual(foldOf(log.events).conversations['main']?.blocks);
    expect(session.getSnapshot().state?.conversations['main']?.hasOlder).toBe(false);
    expect(pages.length).toBe(3);

    log.turn('new', 'newer'); // the window slides, and what falls out is fetched again
    task().onFrame(eventsFrame(log.events, log.head - 8, log.head));
    expect(blocks().length).toBeLessThanOrEqual(301);
    while (await session.loadOlder('main'));
    expect(blocks()).toEqual(foldOf(log.events).conversations['main']?.blocks);

    stop();
    await settled();
    expect(blocks().length).toBe(20);
    expect(await session.loadOlder('other')).toBe(false);
  });

  it('[F9] leaves no hole where blocks fell out of the window between two pages', async () => {
    const log = longLog(150);
    const { session, task } = scenario({ log, keepBlocks: 20 });
    session.subscribe(() => {});
    task().onFrame(snapshotFrame(log.events));
    await session.loadOlder('main');
    const before = log.head;
    for (let turn = 0; turn < 5; turn += 1) log.turn('new', 'newer');
    task().onFrame(eventsFrame(log.events, before, log.head));
    while (await session.loadOlder('main'));
    const blocks = session.getSnapshot().state?.conversations['main']?.blocks;
    expect(blocks).toEqual(foldOf(log.events).conversations['main']?.blocks);
  });

  it('a page that arrives after a snapshot is not put on top of it', async () => {
    const log = longLog(150);
    const { session, task } = scenario({ log, keepBlocks: 20 });
    session.subscribe(() => {});
    task().onFrame(snapshotFrame(log.events));
    await session.loadOlder('main');
    const loading = session.loadOlder('main');
    task().onFrame(snapshotFrame(log.events, undefined, 'gap'));
    await loading;
    const blocks = session.getSnapshot().state?.conversations['main']?.blocks ?? [];
    const all = foldOf(log.events).conversations['main']?.blocks ?? [];
    expect(blocks).toEqual(all.slice(-blocks.length));
  });

  it('is followed as long as somebody looks, or its subscription has not ended', async () => {
    const { session, task } = scenario();
    expect(session.isFollowed).toBe(false);
    const stop = session.onEvent(() => {});
    expect(session.isFollowed).toBe(true);
    task().onEnd(new PerdureError('session-deleted', 'gone'));
    expect(session.isFollowed).toBe(true); // somebody looks, though at nothing that changes
    stop();
    await settled();
    expect(session.isFollowed).toBe(false);
    session.subscribe(() => {})();
    expect(session.isFollowed).toBe(true);
    await settled();
    expect(session.isFollowed).toBe(false);
  });

  it('asks for another place when a frame does not fit, and takes nothing of it', () => {
    const log = longLog(1);
    const { session, task } = scenario();
    session.subscribe(() => {});
    task().onFrame(snapshotFrame(log.events, 2));
    const { state, cursor } = session.getSnapshot();
    expect(task().onFrame(eventsFrame(log.events, 4, 5))).toBe('again');
    expect(session.getSnapshot()).toMatchObject({ state, cursor });
    expect(task().onFrame(eventsFrame(log.events, 2, 3))).toBe('next');
  });

  it('with the client nobody is told any more, and nothing is followed', async () => {
    const log = longLog(1);
    const { session, task, followed } = scenario({ log });
    let calls = 0;
    session.subscribe(() => {
      calls += 1;
    });
    session.onEvent(() => {
      calls += 1;
    });
    const last = task();
    await settled();
    calls = 0;
    session.close();
    last.onFrame(snapshotFrame(log.events));
    await settled();
    expect([calls, followed.size, session.isFollowed]).toEqual([0, 0, false]);
  });
});
