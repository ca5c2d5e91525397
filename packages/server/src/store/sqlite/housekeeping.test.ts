import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import {
  appendSample,
  createSample,
  sampleAppend,
  sampleBlock,
  sampleRow,
  sampleRun,
} from '../../testing/session-store-samples.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import type { SessionRecord, SessionStore } from '../session-store.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

const tables = ['session', 'claim', 'entry', 'block', 'run', 'command', 'snapshot'];

test('[A15] the purge leaves no row and no word of a removed session, and appends of others go between', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(temporary.path);
  const other = await createSample(store, { id: 'other' });
  const secret = 'canary-of-the-removed';
  const record = await largeSession(store, secret);
  await store.remove(record.key);
  const slices: number[] = [];
  let last = other;
  while (rowsOf(temporary.path, record.key) > 0) {
    last = await appendSample(store, last);
    slices.push(rowsOf(temporary.path, record.key));
  }
  // Others wrote while it went: its rows were taken in many steps.
  expect(new Set(slices).size).toBeGreaterThan(3);
  await store.close();
  expect(readFileSync(join(temporary.path, 'perdure.db')).includes(secret)).toBe(false);
});

test('[A15] a purge that the end of the process stops goes on at the next start', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(temporary.path);
  const record = await largeSession(store, 'canary');
  await store.remove(record.key);
  await store.close();
  expect(rowsOf(temporary.path, record.key)).toBeGreaterThan(0);
  const next = await openStore(temporary.path);
  await expect.poll(() => rowsOf(temporary.path, record.key)).toBe(0);
  await next.close();
});

test('[Q3] rows that compaction takes out leave one row in their place, and the rows of the log join', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(temporary.path);
  const created = await createSample(store);
  const isDelta = (seq: number) => seq % 600 > 1; // more in a row than a slice takes
  const rows = Array.from({ length: 1_500 }, (_, index) =>
    sampleRow(index + 1, { type: isDelta(index + 2) ? 'block:delta' : 'log' }),
  );
  const { key } = await appendSample(store, created, { rows });
  const kept = (await store.read(key, 0, 1_000_000)).rows.filter(({ type }) => type !== 'block:delta');
  const joins = () => {
    const db = new Database(join(temporary.path, 'perdure.db'), { readonly: true });
    const found = db.prepare('SELECT after, through, body FROM entry WHERE session = ? ORDER BY through');
    const entries = found.all(key) as { after: number; through: number; body: string }[];
    db.close();
    for (const [index, { after }] of entries.entries()) expect(after).toBe(entries[index - 1]?.through ?? 0);
    return entries.filter(({ body }) => body === '').length;
  };
  // What one slice left, the next compaction joins with what another did.
  for (let round = 0; round < 3; round += 1) await store.compact(key, 1_502);
  expect(joins()).toBe(3);
  expect((await store.read(key, 0, 1_000_000)).rows).toEqual(kept);
  expect(await store.scan(key, { after: 0, order: 'desc', audience: 'client', maxRows: 99 })).toEqual(
    kept.toReversed(),
  );
  expect(store.damagedRows).toBe(0);
  await store.close();
});

test('[H8] a row that does not add up is not taken out for a delta', async () => {
  using temporary = temporaryDirectory();
  const first = await openStore(temporary.path);
  const { key } = await appendSample(first, await createSample(first), {
    rows: [sampleRow(1), sampleRow(2)],
  });
  await first.close();
  const db = new Database(join(temporary.path, 'perdure.db'));
  db.exec('UPDATE entry SET kind = 0 WHERE through = 2');
  db.close();
  const store = await openStore(temporary.path);
  await store.compact(key, 3);
  expect((await store.read(key, 0, 1_000_000)).rows).toMatchObject([
    { through: 1 },
    { after: 1, through: 2, body: null },
    { through: 3 },
  ]);
  await store.close();
});

test('[H2] the write-ahead log stays bounded while much is written', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(temporary.path);
  let record = await createSample(store);
  for (let round = 0; round < 60; round += 1) {
    const rows = [sampleRow(record.head, { body: 'x'.repeat(1_000_000) })];
    record = await appendSample(store, record, { rows });
  }
  expect(statSync(join(temporary.path, 'perdure.db-wal')).size).toBeLessThan(16_000_000);
  await store.close();
});

test('[H2] a search by type reads the index of types, a list the index of its scope, and neither sorts', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(temporary.path);
  await store.close();
  const db = new Database(join(temporary.path, 'perdure.db'));
  const plan = (sql: string) =>
    db
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail)
      .join('; ');
  const kind = 'SELECT body FROM entry WHERE session = 1 AND through > 5 AND kind = 3 AND kind <> 0';
  expect(plan(`${kind} ORDER BY through LIMIT 9`)).toBe(
    'SEARCH entry USING INDEX entry_kind (session=? AND kind=? AND through>?)',
  );
  const list = `FROM session WHERE tenant = 't' AND public_id IS NOT NULL`;
  const order = 'ORDER BY updated_at DESC, id DESC LIMIT 9';
  expect(plan(`SELECT * ${list} AND (updated_at, id) < ('2026', 5) ${order}`)).toMatch(
    /^SEARCH session USING INDEX session_recency \(tenant=\? AND .*\)$/,
  );
  expect(plan(`SELECT * ${list} AND owner = 'o' ${order}`)).toBe(
    'SEARCH session USING INDEX session_owner_recency (tenant=? AND owner=?)',
  );
  expect(plan(`SELECT * FROM session WHERE unsettled = 1 AND id > 5 ORDER BY id LIMIT 9`)).toContain(
    'session_unsettled',
  );
  db.close();
});

async function openStore(directory: string): Promise<SqliteSessionStore> {
  const store = new SqliteSessionStore({ directory });
  await store.open();
  return store;
}

/** A session of 3,000 rows with something in every table. */
async function largeSession(store: SessionStore, text: string): Promise<SessionRecord> {
  const created = await createSample(store, { record: { title: text, lastText: text } });
  const rows = Array.from({ length: 3_000 }, (_, index) =>
    sampleRow(index + 1, { body: `"${text} ${index}"` }),
  );
  const outcome = await store.append(
    sampleAppend(created, {
      rows: [...rows, sampleRow(3_001, { body: text.repeat(10_000) })],
      blocks: Array.from({ length: 300 }, (_, index) => sampleBlock(index + 2, text)),
      runs: [sampleRun('r1', { agent: text })],
      command: { principalId: 'ann', commandId: 'c1', hash: 'h', result: { text } },
      snapshot: { through: 1, stateVersion: 1, body: `"${text}"` },
    }),
  );
  expect(outcome.kind).toBe('committed');
  return created;
}

/** Rows of the session in all tables, as another program sees them. */
function rowsOf(directory: string, key: number): number {
  const db = new Database(join(directory, 'perdure.db'), { readonly: true });
  const counts = tables.map((table) =>
    db
      .prepare<[number], number>(
        `SELECT count(*) FROM ${table} WHERE ${table === 'session' ? 'id' : 'session'} = ?`,
      )
      .pluck()
      .get(key),
  );
  db.close();
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}
