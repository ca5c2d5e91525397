import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { formatCursor, parseCursor } from '@perdure/protocol';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { echoAgent } from '../../environment/echo-agent.ts';
import { localHost } from '../../testing/local-host.ts';
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
import { backUp } from './back-up.ts';
import { openConnection } from './open-connection.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

test('[H2] a copy made while writes go on is a whole store of one moment', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(join(temporary.path, 'data'));
  await pad(store, 8);
  const ids = ['a', 'b', 'c', 'd'];
  const records = await Promise.all(ids.map((id) => createSample(store, { id })));
  let isOver = false;
  let committed = 0;
  const write = async () => {
    // One after the other: at any moment the heads of two neighbours differ by one at most.
    for (let heads = records; !isOver; ) {
      const moved: SessionRecord[] = [];
      for (const record of heads) moved.push(await appendWhole(store, record));
      heads = moved;
      committed += 1;
    }
  };
  const writing = write();
  await expect.poll(() => committed).toBeGreaterThan(3);
  const before = await Promise.all(records.map(({ key }) => headOf(store, key)));
  const copied = store.backup(join(temporary.path, 'copy.db'));
  const begun = committed;
  await copied;
  expect(committed).toBeGreaterThan(begun + 1); // nobody waited for the copy
  isOver = true;
  await writing;

  expect((statSync(join(temporary.path, 'copy.db')).mode & 0o777).toString(8)).toBe('600');
  expect(readdirSync(temporary.path).sort()).toEqual(['copy.db', 'data']);
  const restored = await openCopy(temporary.path);
  const heads: number[] = [];
  for (const [index, { key, id }] of records.entries()) {
    const head = await headOf(restored, key);
    heads.push(head);
    expect(head).toBeGreaterThanOrEqual(before[index] ?? 0);
    expect((await restored.find('tenant', id))?.head).toBe(head);
    const original = await store.read(key, 0, Number.MAX_SAFE_INTEGER);
    expect((await restored.read(key, 0, Number.MAX_SAFE_INTEGER)).rows).toEqual(original.rows.slice(0, head));
    expect((await restored.blocks(key, page)).map(({ lastSeq }) => lastSeq).at(-1)).toBe(head);
    expect((await restored.runs(key, { limit: 1 }))[0]?.runId).toBe(`r${head}`);
    expect((await restored.snapshot(key))?.through).toBe(head);
  }
  for (const [index, head] of heads.entries()) {
    const next = heads[index + 1] ?? head;
    expect([next, next + 1]).toContain(head);
  }
  expect(restored.damagedRows).toBe(0);
  await appendSample(restored, (await restored.get(records[0]?.key ?? 0)) ?? never(), { claim: true });
  await Promise.all([store.close(), restored.close()]);
});

test('[H2] a copy is completed, and of one moment, though something is written between any two steps of it', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(temporary.path);
  await pad(store, 8);
  await store.close();
  const options = {
    path: join(temporary.path, 'perdure.db'),
    durability: 'process',
    busyTimeoutMs: 0,
  } as const;
  const [reader, writer] = [true, false].map((isReader) => openConnection({ ...options, isReader }));
  if (reader === undefined || writer === undefined) return never();
  const write = writer.prepare("UPDATE counter SET value = value + 1 WHERE name = 'epoch'");
  const value = (path: string) => {
    const db = new Database(path, { readonly: true });
    const found = db.prepare("SELECT value FROM counter WHERE name = 'epoch'").pluck().get();
    db.close();
    return found;
  };
  const before = value(options.path);
  let steps = 0;
  const isStopped = () => {
    steps += 1;
    write.run();
    return steps > 1_000;
  };
  const target = join(temporary.path, 'copy.db');
  await backUp(reader, { target, mayReplace: false, roomFactor: 1, isStopped });
  expect(steps).toBeGreaterThan(5);
  expect(value(options.path)).toBe(Number(before) + steps);
  expect(value(target)).toBe(before);
  reader.close();
  writer.close();
});

test('[Q2] in a copy that was put back a cursor from after it is never valid, however far the log gets', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(join(temporary.path, 'data'));
  const agents = { echo: echoAgent() };
  const first = localHost({ store, agents }).host;
  const { session } = await first.createSession({ options: { delayMs: 0 } });
  const say = async (handle: typeof session, content: string) => {
    const { runId } = await handle.submit({ content });
    if (runId !== undefined) await handle.run({ runId, wait: 30 });
  };
  await say(session, 'before the copy');
  const { cursor: early } = await session.get();
  await store.backup(join(temporary.path, 'copy.db'));
  await say(session, 'after the copy, and lost with what came before it was put back');
  const { cursor: late } = await session.get();
  await first.shutdown({ deadlineMs: 5_000 });
  await store.close();

  const restored = await openCopy(temporary.path);
  const second = localHost({ store: restored, agents }).host;
  const handle = second.session(session.id);
  const valid = (cursor: string) => handle.events({ cursor, limit: 1 }).then(() => true);
  const lateSeq = parseCursor(late)?.seq ?? 0;
  await expect(valid(late)).rejects.toMatchObject({ code: 'invalid-cursor', details: { reason: 'ahead' } });
  while ((parseCursor((await handle.get()).cursor)?.seq ?? 0) <= lateSeq) await say(handle, 'again');
  await expect(valid(late)).rejects.toMatchObject({ code: 'invalid-cursor', details: { reason: 'epoch' } });
  const place = parseCursor(early) ?? never();
  expect(await valid(early)).toBe(true);
  for (let seq = place.seq + 1; seq <= lateSeq; seq += 1) {
    await expect(valid(formatCursor({ ...place, seq }))).rejects.toThrow();
  }
  await second.shutdown({ deadlineMs: 5_000 });
  await restored.close();
});

test('[H2] a target that exists, or cannot be made, is refused and left as it was', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(join(temporary.path, 'data'));
  await createSample(store);
  const taken = join(temporary.path, 'taken.db');
  writeFileSync(taken, 'of someone else');
  await expect(store.backup(taken)).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('there is a file of this name'),
  });
  expect(readFileSync(taken, 'utf8')).toBe('of someone else');
  await expect(store.backup(join(temporary.path, 'no-such/copy.db'))).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('the directory is not there'),
  });
  // What a process left there that was killed while it copied is in nobody's way.
  writeFileSync(join(temporary.path, 'copy.db.partial'), 'half a copy');
  const twice = [1, 2].map(() => store.backup(join(temporary.path, 'copy.db')));
  expect((await Promise.allSettled(twice)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(readdirSync(temporary.path).sort()).toEqual(['copy.db', 'data', 'taken.db']);
  await store.close();
});

test('[H2] a copy that is stopped, by its signal or by the end of the store, leaves no file', async () => {
  using temporary = temporaryDirectory();
  const store = await openStore(join(temporary.path, 'data'));
  await pad(store, 40);
  const [target, partial] = [join(temporary.path, 'copy.db'), join(temporary.path, 'copy.db.partial')];
  const isUnderWay = () => expect.poll(() => existsSync(partial), { interval: 1 }).toBe(true);
  const stopping = new AbortController();
  const stopped = store.backup(target, { signal: stopping.signal });
  const refused = expect(stopped).rejects.toThrow('enough of it');
  await isUnderWay();
  stopping.abort(new Error('enough of it'));
  await refused;
  expect(readdirSync(temporary.path)).toEqual(['data']);
  await expect(store.backup(target, { signal: stopping.signal })).rejects.toThrow('enough of it');

  const cut = expect(store.backup(target)).rejects.toMatchObject({ code: 'shutting-down' });
  await isUnderWay();
  await store.close();
  await cut;
  expect(readdirSync(temporary.path)).toEqual(['data']);
  await expect(store.backup(target)).rejects.toMatchObject({ code: 'shutting-down' });
});

test('[H14] a disk without room for a copy is refused before anything is written', async ({ skip }) => {
  using temporary = temporaryDirectory();
  using disk = tinyDisk(temporary.path);
  if (!disk.isMounted) skip('no disk of our own can be mounted here');
  const store = await openStore(join(temporary.path, 'data'));
  await pad(store, 2);
  await expect(store.backup(join(disk.path, 'copy.db'))).rejects.toMatchObject({
    code: 'storage-read-only',
    message: expect.stringContaining('make room and try again'),
    details: { needed: expect.any(Number), available: expect.any(Number) },
  });
  expect(readdirSync(disk.path)).toEqual([]);
  await store.close();
});

const page = { conversationId: 'main', order: 'asc', limit: 10_000 } as const;

async function openStore(directory: string): Promise<SqliteSessionStore> {
  const store = new SqliteSessionStore({ directory });
  await store.open();
  return store;
}

/** `copy.db` as the database of a data directory. */
async function openCopy(parent: string): Promise<SqliteSessionStore> {
  const directory = join(parent, 'restored');
  mkdirSync(directory, { mode: 0o700 });
  renameSync(join(parent, 'copy.db'), join(directory, 'perdure.db'));
  return openStore(directory);
}

/** So many megabytes, so that a copy takes a while. */
async function pad(store: SessionStore, megabytes: number): Promise<void> {
  let record = await createSample(store, { id: 'padding' });
  for (let count = 0; count < megabytes; count += 1) {
    const rows = [sampleRow(record.head, { body: 'x'.repeat(1_000_000) })];
    record = await appendSample(store, record, { rows });
  }
}

/** An append with something in every table, all of which names the head it leads to. */
async function appendWhole(store: SessionStore, record: SessionRecord): Promise<SessionRecord> {
  const head = record.head + 1;
  const outcome = await store.append(
    sampleAppend(record, {
      blocks: [sampleBlock(head, `text ${head}`)],
      runs: [sampleRun(`r${head}`)],
      command: { principalId: 'ann', commandId: `c${head}`, hash: 'h', result: { head } },
      snapshot: { through: head, stateVersion: 1, body: `{"head":${head}}` },
    }),
  );
  expect(outcome.kind).toBe('committed');
  return { ...record, head };
}

const headOf = async (store: SessionStore, key: number) => (await store.read(key, 0, 0)).head;

function never(): never {
  throw new Error('The sample is missing.');
}

/** A disk of one megabyte in memory, where the system lets us have one. */
function tinyDisk(parent: string): Disposable & { readonly path: string; readonly isMounted: boolean } {
  const path = join(parent, 'disk');
  mkdirSync(path);
  let isMounted = true;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
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
