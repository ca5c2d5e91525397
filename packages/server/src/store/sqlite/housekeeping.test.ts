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
