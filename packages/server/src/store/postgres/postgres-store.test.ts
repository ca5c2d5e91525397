import { PerdureError } from '@perdure/protocol';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAgentRuntime } from '../../agent-runtime.ts';
import { defineConfig } from '../../config/define-config.ts';
import { createScriptController } from '../../environment/script-controller.ts';
import { echoAgent } from '../../environment/echo-agent.ts';
import { scriptedAgent } from '../../environment/scripted-agent.ts';
import { localHost } from '../../testing/local-host.ts';
import { type PostgresServer, startPostgresServer } from '../../testing/postgres-server.ts';
import { sessionHostContract } from '../../testing/session-host-contract.ts';
import { createSample, sampleAppend, sampleRow } from '../../testing/session-store-samples.ts';
import { connectionSettings } from './connection-settings.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';
import { postgresStore } from './postgres-store.ts';
import type { PostgresStoreOptions } from './postgres-store-options.ts';
import { ReadPool } from './read-pool.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

sessionHostContract('local, on PostgreSQL', async () => {
  const store = new PostgresSessionStore({ url: server.url, schema: server.newSchema() });
  await store.open();
  const script = createScriptController();
  const agent = scriptedAgent(script.script);
  const { host } = localHost({ store, agents: { writer: agent, reviewer: agent } });
  return {
    host,
    script,
    close: async () => {
      await host.shutdown({ deadlineMs: 5_000 });
      await store.close();
    },
  };
});

const url = 'postgres://perdure@127.0.0.1:1/perdure';

test('[Q21] a store is an option of a config, and connects to nothing before the runtime starts', () => {
  expect(() => defineConfig({ agents: { echo: echoAgent() }, store: postgresStore({ url }) })).not.toThrow();
  expect(() => postgresStore({ connection: {} })).not.toThrow();
});

test.each<[field: string, options: object]>([
  ['url', {}],
  ['url', { url: undefined }],
  ['url', { url, connection: {} }],
  ['url', { url: 'mysql://x' }],
  ['url', { url: 'localhost:5432' }],
  ['connection.port', { connection: { port: 'x' } }],
  ['connection.hots', { connection: { hots: 'x' } }],
  ['schema', { url, schema: 'Upper' }],
  ['schema', { url, schema: 'a"; DROP SCHEMA public; --' }],
  ['schema', { url, schema: 'pg_temp' }],
  ['durability', { url, durability: 'memory' }],
  ['maxConnections', { url, maxConnections: 1 }],
  ['busyTimeoutMs', { url, busyTimeoutMs: 0 }],
  ['statementTimeoutMs', { url, statementTimeoutMs: 2 ** 31 }],
  ['maxConnexions', { url, maxConnexions: 3 }],
])('[Q21] %s is named', (field, options) => {
  try {
    postgresStore(options as PostgresStoreOptions);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(PerdureError);
    expect(error).toMatchObject({ code: 'config-invalid', details: { field } });
    expect(String(error)).not.toContain('DROP SCHEMA');
  }
});

test('[Q16] a read that finds every connection busy is refused after its time, with the numbers, and writes go on', async () => {
  const schema = server.newSchema();
  const store = new PostgresSessionStore({ url: server.url, schema, maxConnections: 2, busyTimeoutMs: 50 });
  await store.open();
  const record = await createSample(store);
  const release = await lockTable(`${schema}.event_type`); // a read needs it once, a write only for types that are new
  const held = store.read(record.key, 0, 1_000);
  await untilOneWaits();
  await expect(store.get(record.key)).rejects.toMatchObject({
    code: 'limit-exceeded',
    details: { limit: 'maxConnections', max: 1, current: 1, retryAfterMs: expect.any(Number) },
  });
  // The server answers all the same, and a write needs no connection but its own.
  expect(await store.health()).toMatchObject({ isReadable: true, isWritable: true });
  const kept = sampleAppend(record, { rows: [], snapshot: { through: 1, stateVersion: 1, body: '{}' } });
  expect(await store.append(kept)).toMatchObject({ kind: 'committed' });
  await release();
  expect((await held).rows).toHaveLength(1);
  expect((await store.get(record.key))?.head).toBe(1);
  await store.close();
});

test('[Q16] many reads share the connections there are', async () => {
  const store = new PostgresSessionStore({ url: server.url, schema: server.newSchema(), maxConnections: 3 });
  await store.open();
  const { key } = await createSample(store);
  const reads = await Promise.all(Array.from({ length: 200 }, () => store.get(key)));
  expect(reads.map((read) => read?.head)).toEqual(reads.map(() => 1));
  const connections = await server.query(
    "SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE 'perdure %'",
  );
  expect(connections).toEqual([{ count: 3 }]);
  await store.close();
});

test('[Q16] the connections that read cannot write', async () => {
  const settings = connectionSettings({ url: server.url });
  const pool = new ReadPool({ settings, maxConnections: 1, busyTimeoutMs: 1_000, onDamage: () => undefined });
  await expect(pool.query({ text: 'CREATE TABLE public.written (a int)' })).rejects.toMatchObject({
    code: '25006',
  });
  await pool.close();
});

test('[Q16] the runtime tells the store how large a log may be, and where to log', async () => {
  const store = postgresStore({ url: server.url, schema: server.newSchema() });
  const runtime = createAgentRuntime({
    agents: { echo: echoAgent() },
    limits: { sessionLogBytes: 100 },
    logger: 'silent',
    store,
  });
  await runtime.start();
  const record = await createSample(store);
  const rows = [sampleRow(1, { body: 'x'.repeat(200) })];
  expect(await store.append(sampleAppend(record, { rows }))).toMatchObject({ kind: 'refused', max: 100 });
  await runtime.shutdown();
});

async function untilOneWaits(): Promise<void> {
  const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  while ((await server.query(waiting)).length === 0);
}

/** Keeps every read of a table waiting until the returned function is called. */
async function lockTable(table: string): Promise<() => Promise<void>> {
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
}
