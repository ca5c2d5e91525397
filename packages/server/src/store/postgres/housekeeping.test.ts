import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../testing/postgres-server.ts';
import {
  appendSample,
  createSample,
  sampleAppend,
  sampleBlock,
  sampleRow,
  sampleRun,
} from '../../testing/session-store-samples.ts';
import type { SessionRecord, SessionStore } from '../session-store.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';

const tables = ['session', 'claim', 'entry', 'block', 'run', 'command', 'snapshot'];

let server: PostgresServer;
let shell: pg.Client;
beforeAll(async () => {
  server = await startPostgresServer();
  shell = new pg.Client(server.url);
  await shell.connect();
});
afterAll(async () => {
  await shell.end();
  await server[Symbol.asyncDispose]();
});

test('[A15] the purge leaves no row of a removed session, and appends of others go between', async () => {
  const schema = server.newSchema();
  const store = await openStore(schema);
  const other = await createSample(store, { id: 'other' });
  const record = await largeSession(store);
  await store.remove(record.key);
  const slices: number[] = [];
  let last = other;
  while ((await rowsOf(schema, record.key)) > 0) {
    last = await appendSample(store, last);
    slices.push(await rowsOf(schema, record.key));
  }
  // Others wrote while it went: its rows were taken in many steps.
  expect(new Set(slices).size).toBeGreaterThan(3);
  expect(await rowsOf(schema, other.key)).toBe(1 + 1 + last.head); // its record, its claim, its log
  await store.close();
});

test('[A15] a purge that the end of the process stops goes on at the next start', async () => {
  const schema = server.newSchema();
  const store = await openStore(schema);
  const record = await largeSession(store);
  await store.remove(record.key);
  await store.close();
  expect(await rowsOf(schema, record.key)).toBeGreaterThan(0);
  const next = await openStore(schema);
  await expect.poll(() => rowsOf(schema, record.key), { timeout: 20_000 }).toBe(0);
  await next.close();
});

async function openStore(schema: string): Promise<PostgresSessionStore> {
  const store = new PostgresSessionStore({ url: server.url, schema, maxConnections: 2 });
  await store.open();
  return store;
}

/** A session of 3,000 rows with something in every table. */
async function largeSession(store: SessionStore): Promise<SessionRecord> {
  const created = await createSample(store);
  const outcome = await store.append(
    sampleAppend(created, {
      rows: Array.from({ length: 3_000 }, (_, index) => sampleRow(index + 1)),
      blocks: Array.from({ length: 300 }, (_, index) => sampleBlock(index + 2, 'said')),
      runs: [sampleRun('r1')],
      command: { principalId: 'ann', commandId: 'c1', hash: 'h', result: {} },
      snapshot: { through: 1, stateVersion: 1, body: '{}' },
    }),
  );
  expect(outcome.kind).toBe('committed');
  return created;
}

/** Rows of the session in all tables, as another program sees them. */
async function rowsOf(schema: string, key: number): Promise<number> {
  const counts = tables.map(
    (table) =>
      `(SELECT count(*)::int FROM ${schema}.${table} WHERE ${table === 'session' ? 'id' : 'session'} = $1)`,
  );
  const { rows } = await shell.query<{ rows: number }>(`SELECT ${counts.join(' + ')} AS rows`, [key]);
  return rows[0]?.rows ?? 0;
}
