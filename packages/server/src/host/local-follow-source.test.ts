import { expect, test } from 'vitest';
import { hostWorld, until, withCalls } from '../testing/host-world.ts';
import { RecordingSink } from '../testing/recording-sink.ts';

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
