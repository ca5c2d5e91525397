import { expect, test } from 'vitest';
import type { SessionStore } from '../store/session-store.ts';
import { hostWorld, until, withCalls } from '../testing/host-world.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import type { LoadedSessions } from './loaded-sessions.ts';
import { LocalFollowSource } from './local-follow-source.ts';

test('[D1] a place that was read before its session heard of it is gone on from', async () => {
  const news: (() => void)[] = [];
  let isHeld = false;
  await using world = await hostWorld({
    wrap: (store) =>
      withCalls(store, {
        append: async (append) => {
          const outcome = await store.append(append);
          if (isHeld) await new Promise<void>((resolve) => news.push(resolve));
          return outcome;
        },
      }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  isHeld = true;
  const updating = session.update({ title: 'new' });
  await until(() => news.length === 1);
  const left = new AbortController();
  const reader = new RecordingSink();
  const reading = session.follow({ from: 'beginning' }, reader, left.signal);
  await reader.until(() => reader.events.length === 2);
  const cursor = reader.texts.at(-1)?.cursor;
  const again = new RecordingSink();
  const returning = session.follow({ lastEventId: cursor }, again, left.signal);
  await again.until(() => again.frames.length > 0);
  expect(again.frames[0]).toMatchObject({ kind: 'events', cursor, events: [], live: true });
  for (const told of news) told();
  await updating;
  isHeld = false;
  await session.update({ title: 'newer' });
  await again.until(() => again.events.length > 0);
  expect(again.frames.flatMap((frame) => (frame.kind === 'events' ? frame.events : []))).toMatchObject([
    { seq: 3, payload: { title: 'newer' } },
  ]);
  left.abort();
  await Promise.all([reading, returning]);
});

test('[C12] a state for one who was overtaken is past what is not kept, though its session has not heard of that yet', async () => {
  let tell: (() => void) | undefined;
  let isHeld = false;
  await using world = await hostWorld({
    retention: { keepEvents: 0 },
    wrap: (store) =>
      withCalls(store, {
        append: async (append) => {
          const outcome = await store.append(append);
          if (isHeld)
            await new Promise<void>((resolve) => {
              tell = resolve;
            });
          return outcome;
        },
      }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  await session.update({ title: 'old' });
  isHeld = true;
  const updating = session.update({ title: 'new' });
  await until(() => tell !== undefined);
  const record = await world.inner.find('default', 'one');
  expect(record).toMatchObject({ head: 3, floor: 3 });
  const { key = 0, epoch } = record ?? {};
  expect(await world.host.source.snapshot(key)).toMatchObject({ seq: 2 });
  const ahead = await world.host.source.snapshot(key, 3);
  expect(ahead).toMatchObject({ epoch, seq: 3, json: expect.stringContaining('"new"') });
  isHeld = false;
  tell?.();
  await updating;
});

test.each([1, 2])(
  '[D5] a place of a lost log is not taken for one of the log that grows in its stead after %i reads',
  async (growsAfter) => {
    let reads = 0;
    const isGrown = () => {
      reads += 1;
      return reads > growsAfter;
    };
    const store = {
      get: async () => ({ epoch: isGrown() ? 9 : 7, head: reads > growsAfter ? 4 : 1 }),
      claims: async () => [{ first: 1, epoch: 7 }, ...(isGrown() ? [{ first: 2, epoch: 9 }] : [])],
    } as unknown as SessionStore;
    const sessions = { get: () => undefined } as unknown as LoadedSessions;
    const source = new LocalFollowSource({ store, sessions });
    expect(await source.locate(1, { epoch: 7, seq: 3 })).toMatchObject({ kind: 'lost' });
  },
);
