import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../testing/postgres-server.ts';
import { createSample, sampleAppend, sampleSession } from '../../testing/session-store-samples.ts';
import type { CommandRecord, SessionRecord } from '../session-store.ts';
import { encodeAppend, encodeCreate } from '../sql/encode-write.ts';
import type { AppendWrite, CreateWrite } from '../sql/write.ts';
import { connectionSettings } from './connection-settings.ts';
import { type Counters, logParameters, numbered } from './log-parameters.ts';
import { logStatement, type WriteRow } from './log-statement.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';
import { setForSession, writerSettings } from './session-settings.ts';

// No two owners write at once, for the lock is theirs in turn. If an operator lets go of it, or a pooler mixes connections up,
// the statement alone has to keep them apart: here it runs on two connections that know nothing of each other.

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test.each([false, true])(
  '[H5] of two owners that append to one session at the same moment, one writes (claiming: %s)',
  async (claim) => {
    await using world = await twoOwners();
    const { first, second, record, schema, seen } = world;
    await first.query('BEGIN');
    expect(await world.write(first, [appendOf(record, claim)])).toMatchObject([{ isWritten: true }]);
    const late = world.write(second, [
      appendOf(record, claim, { principalId: 'ann', commandId: 'c1', hash: 'h', result: {} }),
    ]);
    await world.untilSecondWaits();
    await first.query('COMMIT');
    expect(await late).toMatchObject([{ isWritten: false, isCounted: !claim }]);
    expect((await readCounters(schema)).epoch).toBe(seen.epoch + (claim ? 1 : 0));
    expect((await world.store.get(record.key))?.head).toBe(2);
    expect((await world.store.read(record.key, 0, 1_000)).rows).toHaveLength(2);
    expect(await world.store.command(record.key, 'ann', 'c1')).toBeUndefined();
  },
);

test('[H5] a session that another owner makes at the same moment is made once, and an append beside it is written', async () => {
  await using world = await twoOwners();
  const { first, second, record } = world;
  const made = encodeCreate(sampleSession({ id: 'new' }));
  await first.query('BEGIN');
  expect(await world.write(first, [made])).toMatchObject([{ isWritten: true }]);
  const late = world.write(second, [made, appendOf(record, false)]);
  await world.untilSecondWaits();
  await first.query('COMMIT');
  expect(await late).toMatchObject([
    { isWritten: false, isCounted: false },
    { isWritten: true, isCounted: false },
  ]);
  expect(await world.store.count({ scope: { tenantId: 'tenant' } })).toBe(2);
  expect((await world.store.get(record.key))?.head).toBe(2);
});

test('[H2] whatever the tables hold, what is written and looked up is found by its key', async () => {
  await using world = await twoOwners();
  const { rows } = await world.first.query(`EXPLAIN (GENERIC_PLAN) ${logStatement(world.schema)}`);
  const plan = rows.map((row) => String(row['QUERY PLAN']));
  const tables = ['session', 'command', 'run', 'counter'];
  const scans = plan.filter((line) => tables.some((table) => new RegExp(` on ${table} `).test(line)));
  const reads = scans.filter((line) => /Scan/.test(line));
  expect(reads.length).toBeGreaterThanOrEqual(5);
  expect(reads.filter((line) => !/Index (Only )?Scan/.test(line))).toEqual([]);
});

async function twoOwners() {
  const schema = server.newSchema();
  const store = new PostgresSessionStore({ url: server.url, schema });
  await store.open();
  const record = await createSample(store);
  const kinds = await server.query(`SELECT kind, name FROM ${schema}.event_type`);
  const seen = await readCounters(schema); // what both knew before either wrote
  const connect = async () => {
    const client = new pg.Client(connectionSettings({ url: server.url }).client);
    await client.connect();
    await setForSession(client, writerSettings(10_000));
    return client;
  };
  const [first, second] = [await connect(), await connect()];
  const [{ pid } = { pid: 0 }] = (await second.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
  return {
    ...{ schema, store, record, first, second, seen },
    write: async (client: pg.Client, writes: readonly (AppendWrite | CreateWrite)[]): Promise<WriteRow[]> => {
      const { writes: given, next } = numbered(writes, seen);
      const values = logParameters({
        ...{ writes: given, seen, next, level: 'on', sessionLogBytes: Number.MAX_SAFE_INTEGER },
        kindOf: (type) => Number(kinds.find(({ name }) => name === type)?.['kind'] ?? 1),
      });
      return (await client.query<WriteRow & Record<string, unknown>>(logStatement(schema), values)).rows;
    },
    untilSecondWaits: async () => {
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = $1`;
      while ((await server.query(waiting, [pid])).length === 0);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([first.end(), second.end(), store.close()]);
    },
  };
}

async function readCounters(schema: string): Promise<Counters> {
  const rows = await server.query(`SELECT name, value::int FROM ${schema}.counter`);
  const of = (name: string) => Number(rows.find((row) => row['name'] === name)?.['value']);
  return { epoch: of('epoch'), session: of('session') };
}

function appendOf(record: SessionRecord, claim: boolean, command?: CommandRecord) {
  return encodeAppend(sampleAppend(record, { claim, command }));
}
