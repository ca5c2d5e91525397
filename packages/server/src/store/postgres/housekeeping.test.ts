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
  await noteTransactionsThatDelete(schema);
  await store.remove(record.key);
  let [last, isGone] = [other, false];
  const gone = expect.poll(() => rowsOf(schema, record.key), { timeout: 20_000 }).toBe(0);
  const over = gone.finally(() => {
    isGone = true;
  });
  while (!isGone) last = await appendSample(store, last);
  await over;
  // Others wrote while it went: its rows were taken in many steps. How many is told by the transactions themselves.
  const { rows } = await shell.query<{ slices: number; between: number }>(
    `SELECT count(*)::int AS slices,
       (SELECT count(DISTINCT xmin::text)::int FROM ${schema}.entry AS e
        WHERE e.session = $1 AND e.xmin::text::bigint BETWEEN min(d.xid) AND max(d.xid)) AS between
     FROM ${schema}.deleting AS d`,
    [other.key],
  );
  expect(rows[0]?.slices).toBeGreaterThan(10);
  expect(rows[0]?.between).toBeGreaterThan(0);
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

/** Keeps, from now on, the number of each transaction that takes rows out of a log. */
async function noteTransactionsThatDelete(schema: string): Promise<void> {
  await shell.query(`
    CREATE TABLE ${schema}.deleting (xid bigint PRIMARY KEY);
    CREATE FUNCTION ${schema}.note_deleting() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO ${schema}.deleting SELECT txid_current() WHERE EXISTS (SELECT FROM gone) ON CONFLICT DO NOTHING;
        RETURN NULL;
      END $$;
    CREATE TRIGGER note_deleting AFTER DELETE ON ${schema}.entry REFERENCING OLD TABLE AS gone
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.note_deleting();
  `);
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
