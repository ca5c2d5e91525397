import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { appendSample, createSample } from '../../testing/session-store-samples.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { migrations } from '../sql/migrations.ts';
import { runProgram } from '../../testing/store-programs/run-program.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

test('[H14] the data directory is for its owner only, and so is every file in it', async () => {
  using temporary = temporaryDirectory();
  const directory = join(temporary.path, 'deep', 'data');
  const store = new SqliteSessionStore({ directory });
  await store.open();
  await createSample(store);
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  const files = readdirSync(directory).map((name) => `${name} ${mode(join(directory, name))}`);
  expect(mode(directory)).toBe('700');
  expect(files).toEqual(
    ['lock.db', 'lock.db-journal', 'perdure.db', 'perdure.db-shm', 'perdure.db-wal'].map(
      (name) => `${name} 600`,
    ),
  );
  await store.close();
});

test('[H2] a second process on the directory is refused and told who has it', async () => {
  using temporary = temporaryDirectory();
  await using holder = runProgram('hold-directory', temporary.path);
  await holder.lines.next();
  const { pid } = holder.process;
  const second = () => new SqliteSessionStore({ directory: temporary.path }).open();
  await expect(second()).rejects.toMatchObject({
    code: 'directory-in-use',
    message: expect.stringContaining(`Another process has the data directory ${temporary.path}.`),
  });
  writeFileSync(join(temporary.path, 'server.json'), JSON.stringify({ pid, url: 'http://127.0.0.1:4600' }));
  await expect(second()).rejects.toMatchObject({
    code: 'directory-in-use',
    message: expect.stringContaining(`The process ${pid}, which answers on http://127.0.0.1:4600, has`),
    details: { pid, url: 'http://127.0.0.1:4600' },
  });
  holder.process.kill('SIGKILL');
  await holder.ended;
  // The lock ends with the process, however that ended.
  const store = new SqliteSessionStore({ directory: temporary.path });
  await store.open();
  await expect(second()).rejects.toMatchObject({ code: 'directory-in-use' });
  await store.close();
});

test('[H6] a database of a newer release is refused and not a byte of it changes', async () => {
  using temporary = temporaryDirectory();
  const path = await databaseIn(temporary.path);
  const db = new Database(path);
  const newer = migrations.length + 1;
  db.prepare('UPDATE schema_version SET version = ?').run(newer);
  db.close();
  const before = readFileSync(path);
  await expect(new SqliteSessionStore({ directory: temporary.path }).open()).rejects.toMatchObject({
    code: 'database-newer',
    message: expect.stringContaining(`has version ${newer}, this release knows versions up to ${newer - 1}`),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('[H2] a database that another program holds is refused with what to do, and opens when it is let go', async () => {
  using temporary = temporaryDirectory();
  const path = await databaseIn(temporary.path);
  const shell = new Database(path);
  shell.pragma('locking_mode = EXCLUSIVE');
  shell.exec('BEGIN IMMEDIATE; UPDATE counter SET value = value');
  const store = () => new SqliteSessionStore({ directory: temporary.path, busyTimeoutMs: 20 });
  await expect(store().open()).rejects.toMatchObject({
    code: 'database-locked',
    message: expect.stringContaining('End it'),
  });
  shell.exec('ROLLBACK');
  shell.pragma('locking_mode = NORMAL');
  shell.exec('BEGIN IMMEDIATE');
  await expect(store().open()).rejects.toMatchObject({ code: 'database-locked' });
  shell.exec('ROLLBACK');
  shell.close();
  const opened = store();
  await opened.open();
  await opened.close();
});

test('[H2] a file that is no database of ours is refused and left alone', async () => {
  using temporary = temporaryDirectory();
  for (const [name, make] of Object.entries(strangers)) {
    const directory = join(temporary.path, name);
    mkdirSync(directory);
    const path = join(directory, 'perdure.db');
    make(path);
    const before = readFileSync(path);
    await expect(new SqliteSessionStore({ directory }).open()).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('is not a database of Perdure'),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  }
});

const strangers: Record<string, (path: string) => void> = {
  text: (path) => writeFileSync(path, 'not a database, but long enough to be one'.repeat(100)),
  other: (path) => new Database(path).exec('CREATE TABLE theirs (a)').close(),
};

test('[H2] a directory that cannot be made is named, with what to do', async () => {
  using temporary = temporaryDirectory();
  const file = join(temporary.path, 'file');
  writeFileSync(file, '');
  await expect(new SqliteSessionStore({ directory: join(file, 'data') }).open()).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('cannot be made'),
  });
});

test('[H2] a closed store can be asked nothing, and says so', async () => {
  using temporary = temporaryDirectory();
  const store = new SqliteSessionStore({ directory: temporary.path });
  await store.open();
  await store.close();
  await expect(store.get(1)).rejects.toMatchObject({ code: 'shutting-down' });
  await expect(createSample(store)).rejects.toMatchObject({ code: 'shutting-down' });
  expect(await store.health()).toEqual({ isReadable: false, isWritable: false, isResponsive: false });
});

async function databaseIn(directory: string): Promise<string> {
  const store = new SqliteSessionStore({ directory });
  await store.open();
  await appendSample(store, await createSample(store));
  await store.close();
  return join(directory, 'perdure.db');
}
