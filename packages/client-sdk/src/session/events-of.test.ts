import { expect, test } from 'vitest';
import { eventsFrame } from '../../test/frames-of.ts';
import { SampleLog } from '../../test/sample-log.ts';
import type { FollowTask } from '../connection/follow-connection.ts';
import { eventsOf } from './events-of.ts';

function reading(signal?: AbortSignal) {
  const log = new SampleLog();
  log.turn('q', 'a b');
  let follows = 0;
  const follow = (task: FollowTask) => {
    follows += 1;
    queueMicrotask(() => task.onFrame(eventsFrame(log.events, 0, log.head)));
    return () => undefined;
  };
  return { events: eventsOf(follow, 'one', { signal }), follows: () => follows };
}

test('[F3] events are read once the reader is loaded', async () => {
  const { events, follows } = reading();
  expect((await events.next()).value?.seq).toBe(1);
  expect((await events.next()).value?.seq).toBe(2);
  await events.return();
  expect(follows()).toBe(1);
});

test('[F3] nothing is followed for a signal that has aborted, before or while the reader loads', async () => {
  const late = new AbortController();
  for (const { events, follows } of [reading(AbortSignal.abort()), reading(late.signal)]) {
    const next = events.next();
    late.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(follows()).toBe(0);
  }
});
