import { getEventListeners } from 'node:events';
import { type FollowFrame, formatCursor, PerdureError } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { cursorAt, eventsFrame, snapshotFrame } from '../../test/frames-of.ts';
import { settled } from '../../test/manual-clock.ts';
import { SampleLog } from '../../test/sample-log.ts';
import type { FollowTask } from '../connection/follow-connection.ts';
import { readEvents } from './read-events.ts';

function scenario(options: Parameters<typeof readEvents>[2] = {}) {
  const log = new SampleLog();
  for (let turn = 0; turn < 4; turn += 1) log.turn('q', 'a b c d');
  let task: FollowTask | undefined;
  let follows = 0;
  const events = readEvents(
    (own) => {
      follows += 1;
      task = own;
      return () => {
        task = undefined;
      };
    },
    's1',
    options,
  );
  const send = (frame: FollowFrame) => task?.onFrame(frame);
  return { log, events, send, task: () => task, follows: () => follows };
}

async function take(events: AsyncGenerator<{ seq: number }>, count: number): Promise<number[]> {
  const seqs: number[] = [];
  while (seqs.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    seqs.push(value.seq);
  }
  return seqs;
}

const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

describe('events()', () => {
  it('[F3][D4] hands out each event once and in order, from the beginning or a cursor, across reconnects', async () => {
    const { log, events, send, task } = scenario({ types: ['block:delta'] });
    const first = take(events, 6);
    await settled();
    expect(task()?.input()).toEqual({ sessionId: 's1', types: ['block:delta'], from: 'beginning' });
    send(eventsFrame(log.events, 0, 4));
    send(eventsFrame(log.events, 2, 6)); // some of it again
    expect(await first).toEqual(upTo(6));
    expect(task()?.input().lastEventId).toBe(cursorAt(6));
    expect(send(eventsFrame(log.events, 9, 12))).toBe('again');
    send(eventsFrame(log.events, 6, log.head));
    expect(await take(events, log.head - 6)).toEqual(upTo(log.head - 6, 7));
    await events.return();
    expect(task()).toBeUndefined();
  });

  it.each(['epoch', 'ahead', 'retention'] as const)(
    '[D5][Q2] throws invalid-cursor because of %s, and hands out first what came before',
    async (reason) => {
      const { log, events, send } = scenario({ after: cursorAt(2) });
      const first = events.next();
      await settled();
      send(eventsFrame(log.events, 2, 4));
      send(snapshotFrame(log.events, undefined, reason));
      expect((await first).value?.seq).toBe(3);
      expect(await take(events, 1)).toEqual([4]);
      await expect(events.next()).rejects.toMatchObject({ code: 'invalid-cursor', details: { reason } });
      expect((await events.next()).done).toBe(true);
    },
  );

  it('[D5] throws at once for a cursor that is none, and after gaps that do not heal', async () => {
    const rubbish = scenario({ after: 'nonsense' as never });
    await expect(rubbish.events.next()).rejects.toMatchObject({ code: 'invalid-cursor' });
    expect(rubbish.follows()).toBe(0);
    const { log, events, send } = scenario();
    const first = events.next();
    await settled();
    for (let time = 0; time < 3; time += 1) send(eventsFrame(log.events, 5, 6));
    await expect(first).rejects.toMatchObject({ details: { reason: 'gap' } });
  });

  it('throws what ended the session or the connection', async () => {
    for (const end of ['onEnd', 'onAway'] as const) {
      const { events, task } = scenario();
      const first = events.next();
      await settled();
      task()?.[end](new PerdureError('session-deleted', 'gone'));
      await expect(first).rejects.toMatchObject({ code: 'session-deleted' });
      expect(task()).toBeUndefined();
    }
  });

  it('ends with its signal, also while it waits, and begins nothing after it', async () => {
    const stop = new AbortController();
    const { events, task } = scenario({ signal: stop.signal });
    const first = events.next();
    await settled();
    stop.abort();
    expect((await first).done).toBe(true);
    expect(task()).toBeUndefined();
    const late = scenario({ signal: stop.signal });
    expect((await late.events.next()).done).toBe(true);
    expect(late.follows()).toBe(0);
  });

  it('[F9] leaves when it is read too slowly, and goes on from its place when all was read', async () => {
    const log = new SampleLog();
    for (let turn = 0; turn < 10; turn += 1) log.turn('q', 'a');
    const { events, send, task, follows } = scenario();
    const first = take(events, 1);
    await settled();
    let place = 0;
    while (task() !== undefined) {
      send(eventsFrame(log.events, place, place + 1));
      place += 1;
    }
    expect(place).toBeLessThan(20);
    expect(await first).toEqual([1]);
    expect(await take(events, place - 1)).toEqual(upTo(place - 1, 2));
    const next = take(events, 1);
    await settled();
    expect(follows()).toBe(2);
    expect(task()?.input().lastEventId).toBe(formatCursor({ epoch: 1_048_577, seq: place }));
    send(eventsFrame(log.events, place, log.head));
    expect(await next).toEqual([place + 1]);
    await events.return();
  });

  it('[F3] a frame without news moves nothing back, and is nothing to hand out', async () => {
    const { log, events, send, task } = scenario();
    const first = events.next();
    await settled();
    send(eventsFrame(log.events, 0, 4));
    expect((await first).value?.seq).toBe(1);
    expect(await take(events, 3)).toEqual([2, 3, 4]);
    const next = events.next();
    await settled();
    expect(send(eventsFrame(log.events, 1, 3))).toBe('next');
    expect(task()?.input().lastEventId).toBe(cursorAt(4));
    expect(send({ ...eventsFrame(log.events, 4, 6), events: [] })).toBe('next');
    expect(task()?.input().lastEventId).toBe(cursorAt(6));
    send(eventsFrame(log.events, 6, 7));
    expect((await next).value?.seq).toBe(7);
    await events.return();
  });

  it('[D5] counts gaps anew after a frame that fits', async () => {
    const { log, events, send } = scenario();
    const first = take(events, 4);
    await settled();
    for (let place = 0; place < 2; place += 1) {
      for (let time = 0; time < 2; time += 1) expect(send(eventsFrame(log.events, 9, 10))).toBe('again');
      expect(send(eventsFrame(log.events, place * 2, place * 2 + 2))).toBe('next');
    }
    expect(await first).toEqual([1, 2, 3, 4]);
    await events.return();
  });

  it('a connection that is away for a time is nothing to end for', async () => {
    const { log, events, send, task } = scenario();
    const first = events.next();
    await settled();
    task()?.onAway(undefined);
    send(eventsFrame(log.events, 0, 1));
    expect((await first).value?.seq).toBe(1);
    await events.return();
  });

  it('a follow that fails at once is let go of', async () => {
    let stops = 0;
    const follow = (task: FollowTask) => {
      task.onAway(new PerdureError('unreachable', 'The client was closed.'));
      return () => {
        stops += 1;
      };
    };
    await expect(readEvents(follow, 's1', {}).next()).rejects.toMatchObject({ code: 'unreachable' });
    expect(stops).toBe(1);
  });

  it('hands out no further event of a frame when its signal has aborted', async () => {
    const stop = new AbortController();
    const { log, events, send } = scenario({ signal: stop.signal });
    const first = events.next();
    await settled();
    send(eventsFrame(log.events, 0, 4));
    await first;
    stop.abort();
    expect((await events.next()).done).toBe(true);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });
});
