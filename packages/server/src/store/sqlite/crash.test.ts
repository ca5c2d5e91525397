import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { appendSample, createSample, sampleBlock } from '../../testing/session-store-samples.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { migrations } from '../sql/migrations.ts';
import { openDatabase } from './open-database.ts';
import { runProgram } from '../../testing/store-programs/run-program.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';
import type { WriterOptions } from './writer-messages.ts';

test.each(['disk', 'process'])(
  '[B11] after kill -9 every append that was answered is there (%s)',
  async (durability) => {
    using temporary = temporaryDirectory();
    const answered = new Map<number, number>();
    // Again and again on the same files: each start has to cope with what the last one left.
    for (const count of [1, 40, 300]) {
      await using program = runProgram('append-until-killed', temporary.path, durability);
      let seen = 0;
      for await (const line of program.lines) {
        const [key = 0, head = 0] = line.split(' ').map(Number);
        answered.set(key, head);
        seen += 1;
        if (seen === count) program.process.kill('SIGKILL');
      }
      expect(await program.ended).toBe('SIGKILL');
    }
    const store = await openStore(temporary.path);
    for (const [key, least] of answered) {
      const { rows, head } = await store.read(key, 0, Number.MAX_SAFE_INTEGER);
      expect(head).toBeGreaterThanOrEqual(least);
      expect(rows.map(({ after }) => after)).toEqual([0, ...rows.slice(0, -1).map(({ through }) => through)]);
      expect(rows.at(-1)?.through).toBe(head);
      expect(rows.filter(({ body }) => body === null)).toEqual([]);
    }
    expect(answered.size).toBeGreaterThan(3);
    await store.close();
    const db = new Database(join(temporary.path, 'perdure.db'));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  },
);

test('[H6] kill -9 in mid-migration leaves the database as it was, with a copy beside it', async () => {
  using temporary = temporaryDirectory();
  const path = await sampleDatabase(temporary.path);
  await using program = runProgram('die-in-migration', path);
  expect(await program.ended).toBe('SIGKILL');

  const copy = `${path}.v${migrations.length}.bak`;
  expect((statSync(copy).mode & 0o777).toString(8)).toBe('600');
  await expectSample(temporary.path);
  const restored = join(temporary.path, 'restored');
  await openStore(restored).then((store) => store.close());
  copyFileSync(copy, join(restored, 'perdure.db'));
  await expectSample(restored);
});

test('[H2] a first start that was cut off in its first write is begun again', async () => {
  using temporary = temporaryDirectory();
  const [made, data] = [join(temporary.path, 'made.db'), join(temporary.path, 'data')];
  // A page is on the disk and what undoes it in the journal: the file was empty when it was begun.
  const db = new Database(made);
  db.exec(
    'PRAGMA cache_size = 1; BEGIN; CREATE TABLE half (body); INSERT INTO half VALUES (zeroblob(100000))',
  );
  mkdirSync(data);
  for (const suffix of ['', '-journal']) copyFileSync(`${made}${suffix}`, join(data, `perdure.db${suffix}`));
  db.exec('ROLLBACK');
  db.close();
  expect(statSync(join(data, 'perdure.db')).size).toBeGreaterThan(0);
  const store = await openStore(data);
  await createSample(store);
  await store.close();
  expect(existsSync(join(data, 'perdure.db-journal'))).toBe(false);
});

test('[H6] a migration runs once, after a copy was made, and a new database needs none', async () => {
  using temporary = temporaryDirectory();
  const path = await sampleDatabase(temporary.path);
  expect(existsSync(`${path}.v0.bak`)).toBe(false);
  let runs = 0;
  const next = {
    version: migrations.length + 1,
    name: 'next',
    up: async () => {
      runs += 1;
    },
  };
  const options: WriterOptions = {
    path,
    durability: 'disk',
    sessionLogBytes: 1_000,
    maxDatabaseBytes: undefined,
    busyTimeoutMs: 1_000,
  };
  (await openDatabase(options, [...migrations, next])).close();
  (await openDatabase(options, [...migrations, next])).close();
  expect(runs).toBe(1);
  expect(existsSync(`${path}.v${migrations.length}.bak`)).toBe(true);
  expect(existsSync(`${path}.v${migrations.length}.bak.partial`)).toBe(false);
});

test.each(migrations.map(({ version, name }) => ({ version, name })))(
  '[H6] the database that migration $version ($name) left behind opens',
  async ({ version, name }) => {
    using temporary = temporaryDirectory();
    const fixture = `${String(version).padStart(4, '0')}-${name}.db`;
    copyFileSync(join(import.meta.dirname, 'fixtures', fixture), join(temporary.path, 'perdure.db'));
    await expectSample(temporary.path);
    expect(readFileSync(join(import.meta.dirname, 'fixtures', fixture)).length).toBeLessThan(200_000);
  },
);

async function openStore(directory: string): Promise<SqliteSessionStore> {
  const store = new SqliteSessionStore({ directory });
  await store.open();
  return store;
}

/** What the fixtures hold, too: they were made by this function, in the release that added their migration. */
async function sampleDatabase(directory: string): Promise<string> {
  const store = await openStore(directory);
  const record = await createSample(store, { record: { title: 'Über', tags: ['a'], metadata: { k: 'v' } } });
  await appendSample(store, record, {
    blocks: [sampleBlock(2, 'said')],
    command: { principalId: 'ann', commandId: 'c1', hash: 'h', result: { seq: 2 } },
    snapshot: { through: 2, stateVersion: 1, body: '{}' },
  });
  await store.close();
  return join(directory, 'perdure.db');
}

async function expectSample(directory: string): Promise<void> {
  const store = await openStore(directory);
  const record = await store.find('tenant', 'session');
  expect(record).toMatchObject({ title: 'Über', tags: ['a'], metadata: { k: 'v' }, head: 2 });
  if (record === undefined) return;
  expect((await store.read(record.key, 0, 1_000)).rows).toHaveLength(2);
  const page = { conversationId: 'main', order: 'asc', limit: 9 } as const;
  expect(await store.blocks(record.key, page)).toEqual([sampleBlock(2, 'said')]);
  expect((await store.command(record.key, 'ann', 'c1'))?.result).toEqual({ seq: 2 });
  expect(await store.snapshot(record.key)).toEqual({ through: 2, stateVersion: 1, body: '{}' });
  const claimed = await appendSample(store, record, { claim: true });
  expect(claimed.epoch).toBeGreaterThan(record.epoch);
  await store.close();
}
