import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { appendSample, createSample, sampleRow } from '../../testing/session-store-samples.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

const FRAME_BYTES = 24 + 4_096;

/** What makes a database unusable, by what is done to its file. */
const damages: Record<string, (path: string) => void> = {
  'no header': (path) => overwrite(path, 0, Buffer.alloc(16)),
  'no first page': (path) => overwrite(path, 0, Buffer.alloc(4_096)),
  'another page size': (path) => overwrite(path, 16, Buffer.from([0x20, 0])),
  'another mode of writing': (path) => overwrite(path, 18, Buffer.from([3])),
  'another mode of reading': (path) => overwrite(path, 19, Buffer.from([6])),
  'reserved space': (path) => overwrite(path, 20, Buffer.from([1])),
  'a vacuum of its own': (path) => overwrite(path, 54, Buffer.from([1])),
  'another encoding': (path) => overwrite(path, 59, Buffer.from([3])),
  'a page that is no table': (path) => overwrite(path, 100, Buffer.from([0])),
  'half of it': (path) => truncateSync(path, statSync(path).size / 2),
  'a part of a page less': (path) => truncateSync(path, statSync(path).size - 100),
  'a table less': (path) => changed(path, 'DROP TABLE command'),
  'no version': (path) => changed(path, 'DELETE FROM schema_version'),
  'a version that is none': (path) => changed(path, 'UPDATE schema_version SET version = 0'),
  'a counter less': (path) => changed(path, "DELETE FROM counter WHERE name = 'epoch'"),
  'a counter that is none': (path) => changed(path, "UPDATE counter SET value = 'x'"),
  'other event types': (path) => changed(path, 'DELETE FROM event_type'),
  'two tables in one place': (path) =>
    changed(
      path,
      "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'block') WHERE name = 'entry'",
    ),
  'another column': (path) =>
    changed(
      path,
      "UPDATE sqlite_schema SET sql = replace(sql, '\"owner\"', '\"ovner\"') WHERE name = 'session'",
    ),
};

test.each(Object.entries(damages))(
  '[H8] a database with %s is refused with what to do, and left as it is',
  async (_what, damage) => {
    using temporary = temporaryDirectory();
    const path = await databaseIn(temporary.path);
    damage(path);
    const before = readFileSync(path);
    await expect(new SqliteSessionStore({ directory: temporary.path }).open()).rejects.toMatchObject({
      code: 'database-damaged',
      message: expect.stringContaining('Restore a backup'),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  },
);

test.each(['session_removed', 'session_unswept', 'session_unsettled', 'session'])(
  '[H8] a first page of %s that is none keeps no server from starting',
  async (tree) => {
    using temporary = temporaryDirectory();
    const path = await databaseIn(temporary.path);
    const db = new Database(path);
    const page = Number(db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(tree));
    db.close();
    overwrite(path, (page - 1) * 4_096, Buffer.from([0]));
    const store = new SqliteSessionStore({ directory: temporary.path });
    await store.open();
    expect(await store.health()).toMatchObject({ isReadable: true, isWritable: true });
    await store.close();
  },
);

test('[H8] an empty database beside a write-ahead log is refused: SQLite would delete the log', async () => {
  using temporary = temporaryDirectory();
  const { directory } = await killedIn(temporary.path, 3);
  truncateSync(join(directory, 'perdure.db'), 0);
  const log = readFileSync(join(directory, 'perdure.db-wal'));
  await expect(new SqliteSessionStore({ directory }).open()).rejects.toMatchObject({
    code: 'database-damaged',
  });
  expect(readFileSync(join(directory, 'perdure.db-wal')).equals(log)).toBe(true);
});

test('[H8] commits behind damage in the write-ahead log are told of and kept, not lost without a word', async () => {
  using temporary = temporaryDirectory();
  const { directory, head } = await killedIn(temporary.path, 20);
  const log = join(directory, 'perdure.db-wal');
  const middle = 32 + Math.floor(statSync(log).size / FRAME_BYTES / 2) * FRAME_BYTES + 1_000;
  overwrite(log, middle, Buffer.from([readFileSync(log).readUInt8(middle) ^ 1]));
  const damaged = readFileSync(log);
  const store = new SqliteSessionStore({ directory });
  await store.open();
  expect(await store.health()).toEqual({
    isReadable: true,
    isWritable: true,
    isResponsive: true,
    isDamaged: true,
  });
  expect(readFileSync(`${log}.damaged`).equals(damaged)).toBe(true);
  expect((statSync(`${log}.damaged`).mode & 0o777).toString(8)).toBe('600');
  const record = await store.find('tenant', 'session');
  expect(record?.head).toBeLessThan(head);
  const { rows } = await store.read(record?.key ?? 0, 0, Number.MAX_SAFE_INTEGER);
  expect(rows.map(({ through }) => through)).toEqual(rows.map((_, index) => index + 1));
  await store.close();
});

test('[H8] a header of the write-ahead log that does not add up loses what it led to, and that is told', async () => {
  using temporary = temporaryDirectory();
  const { directory } = await killedIn(temporary.path, 20);
  overwrite(join(directory, 'perdure.db-wal'), 20, Buffer.from([0]));
  const store = new SqliteSessionStore({ directory });
  await store.open();
  expect(await store.health()).toMatchObject({ isDamaged: true });
  await store.close();
});

test.each([
  ['nothing', () => {}],
  ['the last commit torn', (log: string) => truncateSync(log, statSync(log).size - 1_000)],
  [
    'the last commit garbled',
    (log: string) => overwrite(log, statSync(log).size - 500, Buffer.alloc(500, 7)),
  ],
])('[H8] what a crash leaves is no damage: %s', async (_what, leave) => {
  using temporary = temporaryDirectory();
  const { directory, head } = await killedIn(temporary.path, 20);
  leave(join(directory, 'perdure.db-wal'));
  const store = new SqliteSessionStore({ directory });
  await store.open();
  expect(await store.health()).toEqual({ isReadable: true, isWritable: true, isResponsive: true });
  expect((await store.find('tenant', 'session'))?.head).toBeGreaterThanOrEqual(head - 1);
  expect(existsSync(join(directory, 'perdure.db-wal.damaged'))).toBe(false);
  await store.close();
});

async function databaseIn(directory: string): Promise<string> {
  const store = new SqliteSessionStore({ directory });
  await store.open();
  await appendSample(store, await createSample(store));
  await store.close();
  return join(directory, 'perdure.db');
}

/** What a process that was killed leaves after so many appends: everything is in the write-ahead log. */
async function killedIn(parent: string, appends: number): Promise<{ directory: string; head: number }> {
  const [alive, directory] = [join(parent, 'alive'), join(parent, 'killed')];
  const store = new SqliteSessionStore({ directory: alive });
  await store.open();
  let record = await createSample(store);
  for (let index = 0; index < appends; index += 1) {
    record = await appendSample(store, record, { rows: [sampleRow(record.head)] });
  }
  const killed = new SqliteSessionStore({ directory });
  await killed.open(); // makes the directory
  await killed.close();
  for (const name of ['perdure.db', 'perdure.db-wal']) copyFileSync(join(alive, name), join(directory, name));
  await store.close();
  return { directory, head: record.head };
}

function overwrite(path: string, place: number, bytes: Buffer): void {
  const file = readFileSync(path);
  bytes.copy(file, place);
  writeFileSync(path, file);
}

function changed(path: string, sql: string): void {
  const db = new Database(path);
  db.unsafeMode();
  db.pragma('writable_schema = ON');
  db.exec(sql);
  db.close();
}
