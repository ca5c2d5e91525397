import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import {
  appendSample,
  createSample,
  sampleAppend,
  sampleBlock,
  sampleRow,
} from '../../testing/session-store-samples.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import type { SessionRecord, SessionStore } from '../session-store.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';
import type { SqliteSessionStoreOptions } from './sqlite-store-options.ts';

const MIB = 1_024 * 1_024;

test('[H4] on a full disk appends are unknown until it is reopened with room, and reads go on', async ({
  skip,
}) => {
  using temporary = temporaryDirectory();
  using disk = smallDisk(temporary.path);
  if (!disk.isMounted) skip('no right to mount a small disk here');
  const ballast = join(disk.path, 'ballast');
  writeFileSync(ballast, Buffer.alloc(4 * MIB));
  const store = await openStore({ directory: join(disk.path, 'data') });
  const record = await createSample(store);
  const last = await fill(store, record);

  expect(await store.append(sampleAppend(last))).toMatchObject({ kind: 'unknown' });
  expect(await store.health()).toEqual({ isReadable: true, isWritable: false, isResponsive: true });
  await expect(store.remove(last.key)).rejects.toMatchObject({ code: 'storage-read-only' });
  await expect(store.reopen()).rejects.toMatchObject({ code: expect.stringMatching(/SQLITE_(FULL|IOERR)/) });
  await expectWhole(store, last);

  unlinkSync(ballast);
  await store.reopen();
  const found = await expectWhole(store, last);
  await appendSample(store, found, { claim: true });
  expect(await store.health()).toEqual({ isReadable: true, isWritable: true, isResponsive: true });
  await store.close();
});

test('[H4] a database as large as it may be fails like a full disk, with all that queued behind', async () => {
  using temporary = temporaryDirectory();
  const directory = join(temporary.path, 'data');
  const store = await openStore({ directory, maxDatabaseBytes: MIB });
  const record = await createSample(store);
  const last = await fill(store, record);
  const outcomes = await Promise.all([1, 2, 3].map(() => store.append(sampleAppend(last))));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'unknown']);
  await expectWhole(store, last);
  await store.close();
  const larger = await openStore({ directory, maxDatabaseBytes: 4 * MIB });
  await appendSample(larger, await expectWhole(larger, last));
  await larger.close();
});

test('[H4] what one group loses is lost whole: neighbours of an append that fills the disk are unknown, too', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore({ directory: temporary.path, maxDatabaseBytes: MIB });
  const a = await createSample(store, { id: 'a' });
  const b = await createSample(store, { id: 'b' });
  const large = sampleAppend(b, { rows: [sampleRow(1, { body: 'x'.repeat(2 * MIB) })] });
  // The first is under way alone; those behind it go together.
  const outcomes = await Promise.all([
    store.append(sampleAppend(a)),
    store.append(large),
    store.append(sampleAppend({ ...a, head: 2 })),
  ]);
  const written = outcomes.filter(({ kind }) => kind === 'committed').length;
  expect(outcomes.at(-1)?.kind).toBe('unknown');
  expect((await store.get(a.key))?.head).toBe(1 + written);
  expect((await store.get(b.key))?.head).toBe(1);
  await store.reopen();
  await appendSample(store, (await store.get(a.key)) ?? a);
  await store.close();
});

test('[H4] an append at fault is rolled back alone and rejects; its neighbours are committed', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore({ directory: temporary.path });
  const records = await Promise.all(['a', 'b', 'c'].map((id) => createSample(store, { id })));
  const [a, b, c] = records.map((record) => sampleAppend(record));
  if (a === undefined || b === undefined || c === undefined) throw new Error('no samples');
  // A type that is new here, so that undoing the append undoes its number as well.
  const rows = [sampleRow(1, { type: 'new:type' })];
  const twice = [sampleBlock(2, 'one'), sampleBlock(2, 'two')];
  const outcomes = await Promise.allSettled([
    store.append(a),
    store.append({ ...b, rows, blocks: twice }),
    store.append(c),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await store.get(b.key))?.head).toBe(1);
  await appendSample(store, records[1] ?? never(), { rows });
  expect((await store.read(b.key, 1, 1_000)).rows[0]?.type).toBe('new:type');
  await store.close();
});

test('[H4] when another program holds the database, appends are unknown until it lets go', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore({ directory: temporary.path, busyTimeoutMs: 20 });
  const record = await createSample(store);
  const shell = new Database(join(temporary.path, 'perdure.db'));
  shell.exec('BEGIN IMMEDIATE');
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  await expect(store.reopen()).rejects.toThrow('locked');
  shell.exec('ROLLBACK');
  shell.close();
  await store.reopen();
  await appendSample(store, record);
  await store.close();
});

test('[H4] the end of the writing thread loses nothing that was committed, and reopening starts another', async () => {
  using temporary = temporaryDirectory();
  const workers = await import('node:worker_threads');
  const started: InstanceType<typeof workers.Worker>[] = [];
  process.on('worker', (worker) => started.push(worker));
  const store = await openStore({ directory: temporary.path });
  const record = await createSample(store);
  const appends = Array.from({ length: 500 }, (_, index) =>
    store.append(sampleAppend({ ...record, head: 1 + index })),
  );
  await appends[0];
  await Promise.all(started.map((worker) => worker.terminate()));
  const outcomes = await Promise.all(appends);
  const committed = outcomes.filter(({ kind }) => kind === 'committed').length;
  expect(outcomes.slice(committed).every(({ kind }) => kind === 'unknown')).toBe(true);
  expect(await store.health()).toEqual({ isReadable: true, isWritable: false, isResponsive: false });
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });

  await store.reopen();
  expect(await store.health()).toEqual({ isReadable: true, isWritable: true, isResponsive: true });
  const found = await store.get(record.key);
  expect(found?.head).toBeGreaterThanOrEqual(1 + committed);
  await appendSample(store, found ?? record);
  // With nothing under way, it is known before the next write asks.
  await started.at(-1)?.terminate();
  expect(await store.health()).toEqual({ isReadable: true, isWritable: false, isResponsive: false });
  await store.close();
});

test('[H4] a database whose file is gone, or another one, is not readable, though its open handle still answers', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore({ directory: temporary.path });
  const record = await createSample(store);
  rmSync(join(temporary.path, 'perdure.db'));
  expect(await store.get(record.key)).toBeDefined();
  expect(await store.health()).toMatchObject({ isReadable: false, isResponsive: true });
  copyFileSync(join(import.meta.dirname, 'fixtures/0001-initial.db'), join(temporary.path, 'perdure.db'));
  expect(await store.health()).toMatchObject({ isReadable: false, isResponsive: true });
  await store.close();
});

test('[H4] a store that is closed while it is being reopened stays closed', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore({ directory: temporary.path });
  const { key } = await createSample(store);
  const reopened = store.reopen();
  const closed = store.close();
  await expect(reopened).rejects.toMatchObject({ code: 'shutting-down' });
  await closed;
  await expect(store.get(key)).rejects.toMatchObject({ code: 'shutting-down' });
  expect(readdirSync(temporary.path)).toEqual(['lock.db', 'perdure.db']); // the last connection took the log with it
});

async function openStore(options: SqliteSessionStoreOptions): Promise<SqliteSessionStore> {
  const store = new SqliteSessionStore(options);
  await store.open();
  return store;
}

/** Appends until it fails; answers with the record as of the last that was committed. */
async function fill(store: SessionStore, record: SessionRecord): Promise<SessionRecord> {
  for (let last = record; ; ) {
    const rows = [sampleRow(last.head, { body: `"${'x'.repeat(100_000)}"` })];
    const { kind } = await store.append(sampleAppend(last, { rows }));
    if (kind === 'unknown') return last;
    expect(kind).toBe('committed');
    last = { ...last, head: last.head + 1 };
  }
}

/** All that was committed is there; what was unknown may be, and then whole. */
async function expectWhole(store: SessionStore, last: SessionRecord): Promise<SessionRecord> {
  const found = await store.get(last.key);
  const { rows, head } = await store.read(last.key, 0, Number.MAX_SAFE_INTEGER);
  expect(found?.head).toBe(head);
  expect(head).toBeGreaterThanOrEqual(last.head);
  expect(rows).toHaveLength(head);
  return found ?? never();
}

function never(): never {
  throw new Error('The sample is missing.');
}

/** A disk of 8 MiB in memory, where the system lets us have one. */
function smallDisk(parent: string): Disposable & { readonly path: string; readonly isMounted: boolean } {
  const path = join(parent, 'disk');
  mkdirSync(path);
  let isMounted = true;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    isMounted = false;
  }
  return {
    ...{ path, isMounted },
    [Symbol.dispose]() {
      if (isMounted) execFileSync('umount', ['-l', path]);
    },
  };
}
