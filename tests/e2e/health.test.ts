import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { FaultySessionStore, SqliteSessionStore } from '@perdure/server/testing';
import { expect, test, vi } from 'vitest';
import { eventStream } from './support/event-stream.ts';
import { type RunningServer, runningServer } from './support/running-server.ts';

const ok = { status: 200, body: { status: 'ok' } };
const ready = { status: 200, body: { status: 'ready' } };

const healthOf = async ({ ask, runtime }: RunningServer) => ({
  live: await ask('GET', '/healthz'),
  ready: await ask('GET', '/readyz'),
  isHealthy: await runtime.isHealthy(),
});

test('[A17] a store that cannot be read makes the server unhealthy and unready, but not dead', async () => {
  await using server = await runningServer();
  expect(await healthOf(server)).toMatchObject({ live: ok, ready, isHealthy: true });
  const file = join(server.directory, 'perdure.db');
  renameSync(file, `${file}.away`);
  expect(await healthOf(server)).toMatchObject({
    live: ok,
    ready: { status: 503, body: { status: 'unreadable' } },
    isHealthy: false,
  });
  renameSync(`${file}.away`, file);
  expect(await healthOf(server)).toMatchObject({ live: ok, ready, isHealthy: true });
});

test('[A17][H4] a disk that takes no writes degrades the server: reads and followers go on, writes say why', async () => {
  let faulty: FaultySessionStore | undefined;
  await using server = await runningServer({
    storeIn: (directory) => {
      faulty = new FaultySessionStore(new SqliteSessionStore({ directory }));
      return faulty.store;
    },
  });
  const { id } = await server.client().sessions.create({ title: 'Before' });
  await using stream = await eventStream(`${server.url}/v1/sessions/${id}/events`);
  const submit = () => server.ask('POST', `/v1/sessions/${id}/messages`, { body: { content: 'hello' } });

  faulty?.breakDown();
  const refused = await submit();
  expect([refused.status, refused.error?.code]).toEqual([503, 'storage-read-only']);
  expect(await healthOf(server)).toMatchObject({
    live: ok,
    ready: { status: 200, body: { status: 'degraded' } },
    isHealthy: false,
  });
  expect((await server.ask('GET', `/v1/sessions/${id}`)).body.state.title).toBe('Before');
  expect((await server.ask('GET', '/v1/sessions')).body.items).toHaveLength(1);
  expect((await server.ask('POST', '/v1/sessions')).error?.code).toBe('storage-read-only');

  faulty?.repair();
  await vi.waitFor(
    async () => expect(await healthOf(server)).toMatchObject({ ready, isHealthy: true }),
    10_000,
  );
  expect((await submit()).status).toBe(202);
  await stream.until(({ frames }) =>
    frames().some(
      (frame) => frame.kind === 'events' && frame.events.some(({ type }) => type === 'run:completed'),
    ),
  );
});

test('[A17] a database that is as full as it may be degrades the server, which goes on reading', async () => {
  await using server = await runningServer({
    storeIn: (directory) => new SqliteSessionStore({ directory, maxDatabaseBytes: 262_144 }),
  });
  const { id } = await server.client().sessions.create();
  const body = { content: 'x'.repeat(200_000), run: false };
  const statuses = [];
  for (let index = 0; index < 3; index += 1)
    statuses.push((await server.ask('POST', `/v1/sessions/${id}/messages`, { body })).status);
  expect(statuses.at(-1)).toBe(503);
  const { ready: degraded } = await healthOf(server);
  expect(degraded).toMatchObject({ status: 200, body: { status: 'degraded' } });
  expect((await server.ask('GET', `/v1/sessions/${id}`)).status).toBe(200);
});
