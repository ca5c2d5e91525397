import { getEventListeners } from 'node:events';
import { PerdureError } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { ArrayLog } from '../testing/array-log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { followerFrames } from './follower-frames.ts';
import type { FollowInto } from './follower-stream.ts';
import { LocalClientHub } from './local-client-hub.ts';

function world() {
  const log = new ArrayLog();
  const hub = new LocalClientHub({ source: log, clock: new ManualClock() });
  const follower = {
    session: 1,
    sessionId: 's',
    principalId: 'ann',
    types: undefined,
    lastEventId: undefined,
    from: 'beginning',
  } as const;
  const follow: FollowInto = (sink, signal) => hub.follow(follower, sink, signal);
  const leaver = new AbortController();
  return { log, hub, follow, leaver, frames: followerFrames(follow, leaver.signal) };
}

describe('frames as an iterable', () => {
  it('[E10] hold one frame for who does not ask: what comes meanwhile is one frame later', async () => {
    const { log, hub, frames } = world();
    log.append({});
    expect((await frames.next()).value?.json).toContain('"through":1,');
    for (let count = 0; count < 100; count += 1) hub.broadcast(1, log.append({}));
    const waiting = await frames.next();
    expect(waiting.value?.cursor).toMatch(/\.2$/);
    const rest = await frames.next();
    expect(rest.value?.cursor).toBe(log.tip);
    expect(JSON.parse(rest.value?.json ?? '').events).toHaveLength(99);
  });

  it('end when the signal aborts, parked or not, and unfollow', async () => {
    const { log, hub, frames, leaver } = world();
    log.append({});
    await frames.next();
    const parked = frames.next();
    leaver.abort();
    expect(await parked).toEqual({ done: true, value: undefined });
    expect(hub.getClientCount()).toBe(0);
    expect(getEventListeners(leaver.signal, 'abort')).toEqual([]);
  });

  it('unfollow when the loop is left', async () => {
    const { log, hub, frames, leaver } = world();
    log.append({});
    for await (const _frame of frames) break;
    expect(hub.getClientCount()).toBe(0);
    expect(getEventListeners(leaver.signal, 'abort')).toEqual([]);
  });

  it('throw the error that ends the subscription, after what was sent before it', async () => {
    const { log, hub, frames } = world();
    log.append({});
    await frames.next();
    hub.broadcast(1, log.append({}));
    const error = new PerdureError('session-deleted', 'Gone.');
    hub.end(1, error);
    expect((await frames.next()).value?.cursor).toBe(log.tip);
    await expect(frames.next()).rejects.toBe(error);
  });

  it('follow nothing for a signal that has aborted already', async () => {
    const { follow } = world();
    let follows = 0;
    const counted: FollowInto = (sink, signal) => {
      follows += 1;
      return follow(sink, signal);
    };
    expect(await followerFrames(counted, AbortSignal.abort()).next()).toEqual({
      done: true,
      value: undefined,
    });
    expect(follows).toBe(0);
  });

  it('[E10] are let on by their guard with their bytes, which leave it when the next is asked for', async () => {
    const { log, hub, follow, leaver } = world();
    const guarded: [string, number][] = [];
    const guard = {
      enter: async (bytes: number) => {
        guarded.push(['enter', bytes]);
        return guarded.length < 4;
      },
      leave: (bytes: number) => void guarded.push(['leave', bytes]),
    };
    log.append({});
    const frames = followerFrames(follow, leaver.signal, guard);
    const first = await frames.next();
    const bytes = Buffer.byteLength(first.value?.json ?? '');
    expect(guarded).toEqual([['enter', bytes]]);
    hub.broadcast(1, log.append({}));
    const second = await frames.next();
    expect(guarded.slice(0, 2)).toEqual([
      ['enter', bytes],
      ['leave', bytes],
    ]);
    expect(second.done).toBe(false);
    hub.broadcast(1, log.append({}));
    expect(await frames.next()).toEqual({ done: true, value: undefined }); // it was not let on
    expect(guarded.at(-1)?.[0]).toBe('enter');
    expect([hub.getClientCount(), getEventListeners(leaver.signal, 'abort')]).toEqual([0, []]);
  });
});
