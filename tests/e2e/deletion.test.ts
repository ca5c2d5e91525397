import { expect, test, vi } from 'vitest';
import { isPerdureError } from '@perdure/client';
import { startFollower } from './support/event-log.ts';
import { runningServer } from './support/running-server.ts';
import { eventStream } from './support/event-stream.ts';
import { codeOf, framesOf, trpcSocket } from './support/trpc-socket.ts';

const tables = [
  ['session', 'id'],
  ...['claim', 'entry', 'block', 'run', 'command', 'snapshot'].map((table) => [table, 'session'] as const),
];

test('[A15] a session deleted while its followers reconnect is gone for all of them, and from the database', async () => {
  await using server = await runningServer();
  const client = server.client();
  const { id } = await client.sessions.create({ id: 'doomed', options: { repeat: 100_000, delayMs: 1 } });
  await client.sessions.create({ id: 'kept' });
  const key = server.rows('SELECT id FROM session WHERE public_id = ?', id)[0]?.['id'];
  const rowsLeft = () =>
    tables.flatMap(([table, column]) => server.rows(`SELECT 1 FROM ${table} WHERE ${column} = ?`, key))
      .length;
  await client.session(id).submit('one two three');
  using socket = await trpcSocket(server.url);
  socket.follow(1, { sessionId: id, from: 'beginning' });
  await using stream = await eventStream(`${server.url}/v1/sessions/${id}/events`);
  const followers = Array.from({ length: 10 }, (_, index) =>
    startFollower(server.url, id, index % 2 === 0 ? {} : { WebSocket: null }),
  );
  await Promise.all(followers.map((follower) => follower.until((event) => event.type === 'block:delta')));
  const reads = followers.map((follower) => follower.until(() => false).catch((error: unknown) => error));

  // Each client drops its connection as soon as it has one, until the session is gone.
  const storm = followers.map(({ client: { connection } }) =>
    connection.subscribe(() => connection.get().status === 'open' && connection.reconnect()),
  );
  for (const follower of followers) follower.client.connection.reconnect();
  expect(rowsLeft()).toBeGreaterThan(4);
  await client.session(id).delete();
  for (const calm of storm) calm();
  const endings = await Promise.all(reads);

  // Who was there is told that it was deleted; who was just coming back finds nothing.
  for (const error of endings)
    expect(isPerdureError(error) && error.code).toMatch(/^session-(deleted|not-found)$/);
  expect(await socket.until((messages) => codeOf(messages, 1))).toBe('session-deleted');
  await stream.ended;
  expect(JSON.parse(stream.events.at(-1)?.data ?? '').error.code).toBe('session-deleted');
  expect((await server.ask('GET', `/v1/sessions/${id}`)).error?.code).toBe('session-not-found');
  expect(await server.runtime.host.getLoadedSessionIds()).toEqual(['kept']);
  await vi.waitFor(() => expect(rowsLeft()).toBe(0), 10_000);

  const cursor = framesOf(socket.messages, 1).at(-1)?.cursor ?? '';
  await client.sessions.create({ id });
  for (const old of [cursor, `${cursor.split('.')[0]}.1`]) {
    using again = await trpcSocket(server.url);
    again.follow(2, { sessionId: id, lastEventId: old });
    const frame = await again.until((messages) => framesOf(messages, 2)[0]);
    expect(frame).toMatchObject({ kind: 'snapshot', reason: 'epoch' });
    const page = await server.ask('GET', `/v1/sessions/${id}/events?after=${old}`);
    expect(page.error).toMatchObject({ code: 'invalid-cursor', details: { reason: 'epoch' } });
  }
  await Promise.all(followers.map((follower) => follower.leave()));
});
