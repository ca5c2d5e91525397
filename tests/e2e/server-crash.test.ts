import { type AnyEvent, createPerdureClient } from '@perdure/client';
import { emptySessionState, reduceSession, windowSessionState } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { readLog, startFollower } from './support/event-log.ts';
import { startServer } from './support/server-process.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const isDelta = (event: AnyEvent) => event.type === 'block:delta';

test('[D7][D1][H3][E8] a server killed in mid-run comes back with nothing lost and nothing twice for anyone', async () => {
  using data = temporaryDirectory();
  await using first = await startServer({ directory: data.path });
  const client = createPerdureClient({ url: first.url });
  const { id } = await client.sessions.create({ options: { repeat: 400, delayMs: 2 } });
  const followers = [
    startFollower(first.url, id),
    startFollower(first.url, id, { WebSocket: null }),
    startFollower(first.url, id),
  ];
  const [steady, , restless] = followers;
  const { runId } = await client.session(id).submit('one two three');
  await steady?.until(isDelta);
  for (let drop = 0; drop < 5; drop += 1) {
    const before = restless?.events.length ?? 0;
    restless?.client.connection.reconnect();
    await restless?.until((event) => event.seq > before + 5);
  }
  await first.kill('SIGKILL');

  await using second = await startServer({ directory: data.path, port: first.port });
  expect(second.url).toBe(first.url);
  const isInterrupted = (event: AnyEvent) => event.type === 'run:interrupted';
  await Promise.all(followers.map((follower) => follower.until(isInterrupted)));

  await client.session(id).update({ options: { repeat: 2, delayMs: 0 } });
  const again = await client.session(id).submit('the next message');
  const isDone = (event: AnyEvent) => event.type === 'run:completed' && event.runId === again.runId;
  await Promise.all(followers.map((follower) => follower.until(isDone)));

  const log = await readLog(client, id);
  expect(log.filter(isInterrupted)).toMatchObject([{ runId, payload: { reason: 'crash' } }]);
  const expected = windowSessionState(log.reduce(reduceSession, emptySessionState(id)));
  expect((await client.session(id).load()).conversations).toEqual(expected.conversations);
  const kept = log.map((event) => event.seq);
  for (const { events } of followers) {
    const seqs = events.map((event) => event.seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b)); // in order, none twice
    expect(kept.filter((seq) => !seqs.includes(seq))).toEqual([]); // none lost: compaction may have taken deltas they saw
    expect(windowSessionState(events.reduce(reduceSession, emptySessionState(id)))).toEqual(expected);
  }
  await Promise.all(followers.map((follower) => follower.leave()));
  client.close();
});
