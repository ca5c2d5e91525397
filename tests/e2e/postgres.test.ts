import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyEvent, createPerdureClient } from '@perdure/client';
import { postgresStore } from '@perdure/server/postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type PostgresServer,
  startPostgresServer,
} from '../../packages/server/src/testing/postgres-server.ts';
import { readLog, startFollower } from './support/event-log.ts';
import { ask, runningServer } from './support/running-server.ts';
import { runServer, startServer } from './support/server-process.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgresServer();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const root = fileURLToPath(new URL('../../', import.meta.url));

const isDelta = (event: AnyEvent) => event.type === 'block:delta';
const isInterrupted = (event: AnyEvent) => event.type === 'run:interrupted';

test('[Q16][D7] a server on PostgreSQL that is killed in mid-run comes back, interrupts the run once, and answers the next message', async () => {
  using project = projectOfReadme();
  const options = { config: project.config, env: { DATABASE_URL: postgres.url } };
  await using first = await startServer(options);
  const follower = startFollower(first.url, await newSession(first.url));
  const session = follower.client.session((await follower.client.sessions.list({})).items[0]?.id ?? '');
  const { runId } = await session.submit('one two three');
  await follower.until(isDelta);

  await first.kill('SIGKILL');

  await using second = await startServer({ ...options, port: first.port });
  await follower.until(isInterrupted);
  await session.update({ options: { repeat: 2, delayMs: 0 } });
  const again = await session.submit('the next message');
  await follower.until((event) => event.type === 'run:completed' && event.runId === again.runId);

  const log = await readLog(follower.client, session.id);
  expect(log.filter(isInterrupted)).toMatchObject([{ runId, payload: { reason: 'crash' } }]);
  expectSame(follower.events, log);
  await follower.leave();
  expect((await second.kill('SIGTERM')).code).toBe(0);
}, 60_000);

test('[Q16][H4] when PostgreSQL itself crashes in mid-run its one server says so, loses nothing it answered, and goes on when it is back', async () => {
  const config = fileURLToPath(new URL('./support/postgres.config.ts', import.meta.url));
  const env = { DATABASE_URL: postgres.url, DATABASE_SCHEMA: postgres.newSchema() };
  await using server = await startServer({ config, env });
  const refused = await runServer({ config, env });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain(`perdure ${server.pid}@`); // who has the schema

  const follower = startFollower(server.url, await newSession(server.url));
  const session = follower.client.session((await follower.client.sessions.list({})).items[0]?.id ?? '');
  const { runId } = await session.submit('one two three');
  await follower.until(isDelta);
  const titled = await session.update({ title: 'Answered' });
  await postgres.crash();

  const ready = () => ask(`${server.url}/readyz`, 'GET');
  await expect.poll(async () => (await ready()).status).toBe(503);
  expect((await ask(`${server.url}/healthz`, 'GET')).status).toBe(200); // to restart this server would help nobody
  const command = await ask(`${server.url}/v1/sessions/${session.id}`, 'PATCH', { body: { title: 'Lost' } });
  expect(command.status).toBe(503);
  expect(['storage-unreadable', 'storage-read-only']).toContain(command.error?.code);
  expect(command.headers.get('retry-after')).not.toBeNull();

  await postgres.start();
  await follower.until(isInterrupted);
  await session.update({ options: { repeat: 2, delayMs: 0 } });
  const again = await session.submit('the next message');
  await follower.until((event) => event.type === 'run:completed' && event.runId === again.runId);
  expect((await ready()).body).toEqual({ status: 'ready' });

  const log = await readLog(follower.client, session.id);
  expect(log.filter(isInterrupted)).toMatchObject([{ runId, payload: { reason: 'store' } }]);
  expect(log.find((event) => event.seq === titled.seq)).toMatchObject({ type: 'session:updated' });
  expect((await session.load()).title).toBe('Answered');
  expectSame(follower.events, log);
  await follower.leave();
}, 60_000);

test('[Q16] a request that finds every connection to the database busy is refused, typed, and told when to come again', async () => {
  const schema = postgres.newSchema();
  const store = postgresStore({ url: postgres.url, schema, maxConnections: 2, busyTimeoutMs: 50 });
  await using server = await runningServer({ store });
  const { id } = await server.client().sessions.create({ title: 'Seen again' });
  const shell = new pg.Client(postgres.url);
  await shell.connect();
  await shell.query(`BEGIN; LOCK TABLE ${schema}.entry IN ACCESS EXCLUSIVE MODE`);
  const held = server.ask('GET', `/v1/sessions/${id}/events`);
  const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  while ((await postgres.query(waiting)).length === 0);

  const refused = await server.ask('GET', `/v1/sessions/${id}`);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.error).toMatchObject({
    code: 'limit-exceeded',
    details: { limit: 'maxConnections', max: 1, current: 1 },
  });
  expect((await server.ask('GET', '/readyz')).body).toEqual({ status: 'ready' });
  await shell.query('ROLLBACK');
  await shell.end();
  expect((await held).status).toBe(200);
  expect((await server.ask('GET', `/v1/sessions/${id}`)).body.state.title).toBe('Seen again');
});

/** A directory with the config file that the README of the server shows. */
function projectOfReadme(): Disposable & { readonly config: string } {
  const readme = readFileSync(join(root, 'packages/server/README.md'), 'utf8');
  const programs = [...readme.matchAll(/^```ts check\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
  const code = programs.find((program) => program.includes('postgresStore('));
  if (code === undefined) throw new Error('The README shows no server on PostgreSQL.');
  const directory = temporaryDirectory();
  mkdirSync(join(directory.path, 'node_modules'));
  symlinkSync(join(root, 'tests/node_modules/@perdure'), join(directory.path, 'node_modules/@perdure'));
  writeFileSync(join(directory.path, 'package.json'), '{ "type": "module" }');
  const config = join(directory.path, 'perdure.config.ts');
  writeFileSync(config, code);
  return { config, [Symbol.dispose]: directory[Symbol.dispose] };
}

/** A session of an agent that talks for long. */
async function newSession(url: string): Promise<string> {
  const client = createPerdureClient({ url });
  const { id } = await client.sessions.create({ options: { repeat: 2_000, delayMs: 2 } });
  client.close();
  return id;
}

/** What was seen is the log, in order and none twice; compaction may have taken deltas that were seen. */
function expectSame(seen: readonly AnyEvent[], log: readonly AnyEvent[]): void {
  const seqs = seen.map((event) => event.seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  expect(log.map((event) => event.seq).filter((seq) => !seqs.includes(seq))).toEqual([]);
  const kept = seen.filter((event) => !isDelta(event));
  expect(kept).toEqual(log.filter((event) => !isDelta(event)));
}
