import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../testing/postgres-server.ts';
import {
  appendSample,
  createSample,
  sampleAppend,
  sampleBlock,
  sampleRow,
} from '../../testing/session-store-samples.ts';
import { openRelay } from '../../testing/tcp-relay.ts';
import type { SessionRecord, SessionStore } from '../session-store.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';
import type { PostgresStoreOptions } from './postgres-store-options.ts';
import { schemaKey } from './schema-lock.ts';

const MIB = 1_024 * 1_024;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('[H4][Q16] when the server crashes under appends, none that was answered is lost, and they go on when it is back', async () => {
  await using opened = await openStore();
  const { store } = opened;
  const records = await Promise.all(['a', 'b', 'c', 'd'].map((id) => createSample(store, { id })));
  const answered = new Map<number, number>();
  const appending = records.map(async ({ key, epoch, head }) => {
    for (let after = head; ; after += 1) {
      const { kind } = await store.append(sampleAppend({ key, epoch, head: after }));
      if (kind !== 'committed') return kind;
      answered.set(key, after + 1);
    }
  });
  await expect.poll(() => Math.min(...records.map(({ key }) => answered.get(key) ?? 0))).toBeGreaterThan(20);
  await server.crash();
  expect(await Promise.all(appending)).toEqual(records.map(() => 'unknown'));
  expect(await store.health()).toEqual({ isReadable: false, isWritable: false, isResponsive: true });
  await expect(store.get(records[0]?.key ?? 0)).rejects.toMatchObject({ code: 'storage-unreadable' });
  await expect(store.reopen()).rejects.toThrow();
  expect(await store.append(sampleAppend(records[0] ?? never()))).toMatchObject({ kind: 'unknown' });

  await server.start();
  await store.reopen();
  expect(await store.health()).toEqual({ isReadable: true, isWritable: true, isResponsive: true });
  for (const { key } of records) {
    const record = await expectWhole(store, key);
    expect(record.head).toBeGreaterThanOrEqual(answered.get(key) ?? 0);
    const claimed = await appendSample(store, record, { claim: true });
    expect(claimed.epoch).toBeGreaterThan(record.epoch);
  }
});

test('[H4] reads under way when the server crashes are refused by their name, and harm nobody else', async () => {
  await using opened = await openStore();
  const { store, schema } = opened;
  const record = await createSample(store);
  const shell = new pg.Client(server.url);
  shell.on('error', () => undefined);
  await shell.connect();
  await shell.query(`BEGIN; LOCK TABLE ${schema}.entry IN ACCESS EXCLUSIVE MODE`);
  const reads = Promise.allSettled([1, 2, 3].map(() => store.read(record.key, 0, 1_000)));
  await until(async () => {
    const waiting = await server.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    return waiting.length === 3 ? waiting : [];
  });
  await server.crash();
  const refused = { status: 'rejected', reason: { code: 'storage-unreadable' } };
  expect(await reads).toMatchObject([refused, refused, refused]);
  await server.start();
  expect((await store.read(record.key, 0, 1_000)).rows).toHaveLength(1);
});

test('[H4] a server that is stopped in order is as gone as one that crashed, and known so before a write asks', async () => {
  await using opened = await openStore();
  const { store } = opened;
  const record = await createSample(store);
  await store.get(record.key);
  await server.stop();
  await expect.poll(async () => (await store.health()).isWritable).toBe(false);
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  await server.start();
  // Reads come back by themselves, writes when they are asked to.
  expect((await store.get(record.key))?.head).toBe(1);
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  await store.reopen();
  await appendSample(store, record);
});

test('[H4] a commit whose answer is lost is unknown, and whole when it is read again', async () => {
  await using relay = await openRelay(server.port);
  await using opened = await openStore({ url: server.url.replace(String(server.port), String(relay.port)) });
  const { store } = opened;
  const record = await appendSample(store, await createSample(store)); // its types have their numbers
  relay.swallowAnswers();
  const outcome = store.append(sampleAppend(record, { blocks: [sampleBlock(3, 'said')] }));
  const [row] = await until(() =>
    server.query(`SELECT head FROM ${opened.schema}.session WHERE id = $1 AND head = 3`, [record.key]),
  );
  expect(row).toBeDefined();
  relay.cut();
  expect(await outcome).toMatchObject({ kind: 'unknown' });

  await store.reopen();
  const found = await expectWhole(store, record.key);
  expect(found.head).toBe(3);
  const page = { conversationId: 'main', order: 'asc', limit: 9 } as const;
  expect(await store.blocks(record.key, page)).toEqual([sampleBlock(3, 'said')]);
  expect(await store.append(sampleAppend(record))).toEqual({ kind: 'conflict' });
  await appendSample(store, found);
});

test('[H4] an append that another program keeps waiting is given up, and cannot be written after the store was reopened', async () => {
  await using opened = await openStore({ statementTimeoutMs: 500 });
  const { store, schema } = opened;
  const record = await createSample(store);
  const shell = new pg.Client(server.url);
  await shell.connect();
  await shell.query('BEGIN');
  await shell.query(`UPDATE ${schema}.session SET title = 'held' WHERE id = $1`, [record.key]);
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  await shell.query('ROLLBACK');
  await shell.end();
  await store.reopen();
  expect((await expectWhole(store, record.key)).head).toBe(1);
  await appendSample(store, record);
});

test('[H4] a connection that hangs is given up, and ended on the server before anything else is written', async () => {
  await using relay = await openRelay(server.port);
  const url = server.url.replace(String(server.port), String(relay.port));
  await using opened = await openStore({ url, statementTimeoutMs: 100 });
  const { store, schema } = opened;
  const record = await createSample(store);
  const [before] = await writersOf(schema);
  relay.freeze(); // the server does not learn that its client has given up: it would keep the schema for it
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  expect(await writersOf(schema)).toEqual([before]);
  await store.reopen();
  const after = await writersOf(schema);
  expect(after).toHaveLength(1);
  expect(after[0]?.['pid']).not.toBe(before?.['pid']);
  await appendSample(store, await expectWhole(store, record.key));
});

test('[H4] a store is not writable again before a whole group is, and then counts epochs past what was lost', async () => {
  await using opened = await openStore();
  const { store, schema } = opened;
  const record = await createSample(store);
  await terminateWriter(schema);
  await expect.poll(async () => (await store.health()).isWritable).toBe(false);
  await server.query(`ALTER TABLE ${schema}.probe ADD CONSTRAINT small CHECK (length(body) < 200000)`);
  await expect(store.reopen()).rejects.toThrow('small');
  expect((await store.health()).isWritable).toBe(false);
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  await server.query(`ALTER TABLE ${schema}.probe DROP CONSTRAINT small`);
  await store.reopen();
  const claimed = await appendSample(store, record, { claim: true });
  expect(Math.floor(claimed.epoch / 2 ** 20)).toBe(Math.floor(record.epoch / 2 ** 20) + 2);
  expect(await server.query(`SELECT FROM ${schema}.probe`)).toEqual([]);
});

test('[H4] on a full disk appends are unknown until there is room and it was reopened, and reads go on', async ({
  skip,
}) => {
  using disk = smallDisk();
  if (!disk.isMounted) skip('no right to mount a small disk here');
  const ballast = join(disk.path, 'ballast');
  writeFileSync(ballast, Buffer.alloc(4 * MIB));
  await server.query(`CREATE TABLESPACE small LOCATION '${disk.path}'`);
  await server.query('ALTER ROLE perdure SET default_tablespace = small');
  try {
    await using opened = await openStore();
    const { store, schema } = opened;
    const last = await fill(store, await createSample(store));
    expect(await store.append(sampleAppend(last))).toMatchObject({ kind: 'unknown' });
    expect(await store.health()).toEqual({ isReadable: true, isWritable: false, isResponsive: true });
    await expect(store.remove(last.key)).rejects.toMatchObject({ code: 'storage-read-only' });
    await expect(store.reopen()).rejects.toMatchObject({ code: '53100' });
    expect((await expectWhole(store, last.key)).head).toBe(last.head);
    unlinkSync(ballast);
    await store.reopen();
    await appendSample(store, await expectWhole(store, last.key), { claim: true });
    expect(await store.health()).toEqual({ isReadable: true, isWritable: true, isResponsive: true });
    await store.close();
    await server.query(`DROP SCHEMA ${schema} CASCADE`);
  } finally {
    await server.query('ALTER ROLE perdure RESET default_tablespace');
    await server.query('DROP TABLESPACE small');
  }
});

test('[H4] an append at fault is rolled back alone and rejects; its neighbours are committed', async () => {
  await using opened = await openStore();
  const { store } = opened;
  const records = await Promise.all(['a', 'b', 'c'].map((id) => createSample(store, { id })));
  const [a, b, c] = records.map((record) => sampleAppend(record));
  if (a === undefined || b === undefined || c === undefined) throw new Error('no samples');
  const rows = [sampleRow(1, { type: 'new:type' })];
  const twice = [sampleBlock(2, 'one'), sampleBlock(2, 'two')];
  const outcomes = await Promise.allSettled([
    store.append(a),
    store.append({ ...b, rows, blocks: twice, claim: true }),
    store.append({ ...c, claim: true }),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await store.get(b.key))?.head).toBe(1);
  expect(await store.claims(b.key)).toHaveLength(1);
  const claims = await store.claims(c.key);
  expect(outcomes[2]).toMatchObject({ value: { kind: 'committed', epoch: claims[1]?.epoch } });
  await appendSample(store, records[1] ?? never(), { rows });
  expect((await store.read(b.key, 1, 1_000)).rows[0]?.type).toBe('new:type');
  expect((await store.health()).isWritable).toBe(true);
});

test('[H4] of a deadlock with another program nothing is lost and nothing unknown', async () => {
  await using opened = await openStore();
  const { store, schema } = opened;
  const [a, b] = await Promise.all(['a', 'b'].map((id) => createSample(store, { id })));
  if (a === undefined || b === undefined) throw new Error('no samples');
  const shell = new pg.Client(server.url);
  await shell.connect();
  await shell.query("SET deadlock_timeout = '60s'"); // it is the store that finds out
  await shell.query('BEGIN');
  const hold = ({ key }: SessionRecord) =>
    shell.query(`UPDATE ${schema}.session SET title = 'held' WHERE id = $1`, [key]);
  await hold(b);
  const outcomes = Promise.all([a, b].map((record) => store.append(sampleAppend(record))));
  await until(() =>
    server.query("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%WITH w%'"),
  );
  await hold(a); // waits for the store, which waits for this
  await shell.query('COMMIT');
  await shell.end();
  expect((await outcomes).map(({ kind }) => kind)).toEqual(['committed', 'committed']);
});

test('[H4] counters that something else has raised give no number twice, and cost no append', async () => {
  await using opened = await openStore();
  const { store, schema } = opened;
  const record = await createSample(store);
  await server.query(`UPDATE ${schema}.counter SET value = value + 7`);
  const [claimed, made] = await Promise.all([
    appendSample(store, record, { claim: true }),
    createSample(store, { id: 'next' }),
  ]);
  expect(claimed.epoch).toBeGreaterThan(record.epoch + 7 * 2 ** 20);
  expect(made.key).toBeGreaterThan(record.key + 7);
  expect((await store.read(made.key, 0, 1_000)).rows.map(({ body }) => body)).toEqual(['{"seq":1}']);
});

test('[H4] a server that became a replica takes no writes, and the store goes on when it is one no more', async () => {
  await using opened = await openStore();
  const { store, schema } = opened;
  const record = await createSample(store);
  await server.query('ALTER ROLE perdure SET default_transaction_read_only = on');
  try {
    await terminateWriter(schema);
    expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
    await expect(store.reopen()).rejects.toThrow('can only be read');
    expect((await store.get(record.key))?.head).toBe(1);
  } finally {
    await alterRole('RESET default_transaction_read_only');
  }
  await store.reopen();
  await appendSample(store, record);
});

test('[H4] a schema that is gone is not readable, and never made anew under a store that had it', async () => {
  await using opened = await openStore();
  const { store, schema } = opened;
  const record = await createSample(store);
  await server.query(`ALTER SCHEMA ${schema} RENAME TO ${schema}_aside`);
  expect(await store.health()).toMatchObject({ isReadable: false, isWritable: true });
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  await expect(store.reopen()).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('is gone'),
  });
  expect(await server.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])).toEqual([]);
  await server.query(`ALTER SCHEMA ${schema}_aside RENAME TO ${schema}`);
  await store.reopen();
  await appendSample(store, record);
});

test('[H4] a store that is closed while it is being reopened leaves the schema to others', async () => {
  const { store, schema } = await openStore();
  const { key } = await createSample(store);
  const reopened = store.reopen();
  const closed = store.close();
  await expect(reopened).rejects.toMatchObject({ code: 'shutting-down' });
  await closed;
  await expect(store.get(key)).rejects.toMatchObject({ code: 'shutting-down' });
  await expect.poll(() => writersOf(schema)).toEqual([]);
});

test('[H4] a server that hangs keeps nobody from closing', async () => {
  await using relay = await openRelay(server.port);
  const url = server.url.replace(String(server.port), String(relay.port));
  const opened = await openStore({ url });
  const { key } = await createSample(opened.store);
  await opened.store.get(key);
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const before = sockets();
  relay.freeze();
  await opened.store.close();
  // Neither of its two is left, or this process could not end.
  await expect.poll(sockets).toBe(before - 2);
});

async function openStore(options: Partial<PostgresStoreOptions> = {}) {
  const schema = server.newSchema();
  const given = { url: server.url, schema, maxConnections: 4, ...options };
  const store = new PostgresSessionStore(given);
  await store.open();
  return { store, schema, [Symbol.asyncDispose]: () => store.close() };
}

/** Connections that hold the lock of a schema are the only ones to hold a lock of its kind. */
function writersOf(schema: string): Promise<Record<string, unknown>[]> {
  return server.query(
    `SELECT l.pid FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.objid = $1::int::oid`,
    [schemaKey(schema)],
  );
}

async function terminateWriter(schema: string): Promise<void> {
  await server.query('SELECT pg_terminate_backend($1)', [(await writersOf(schema))[0]?.['pid']]);
}

/** Asks over a connection that may write though the role may not. */
async function alterRole(change: string): Promise<void> {
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query('SET default_transaction_read_only = off');
  await client.query(`ALTER ROLE perdure ${change}`);
  await client.end();
}

/** All that was committed is there. */
async function expectWhole(store: SessionStore, key: number): Promise<SessionRecord> {
  const found = await store.get(key);
  const { rows, head } = await store.read(key, 0, Number.MAX_SAFE_INTEGER);
  expect(found?.head).toBe(head);
  expect(rows).toHaveLength(head);
  expect(rows.filter(({ body }) => body === null)).toEqual([]);
  return found ?? never();
}

/** Resolves when what is asked again and again finds something. */
async function until<T>(find: () => Promise<T[]>): Promise<T[]> {
  for (;;) {
    const found = await find();
    if (found.length > 0) return found;
  }
}

/** Appends until it fails; answers with the record as of the last that was committed. */
async function fill(store: SessionStore, record: SessionRecord): Promise<SessionRecord> {
  for (let last = record; ; ) {
    // Of a kind that is not pressed together.
    const rows = [sampleRow(last.head, { body: JSON.stringify(randomBytes(75_000).toString('base64')) })];
    const { kind } = await store.append(sampleAppend(last, { rows }));
    if (kind === 'unknown') return last;
    expect(kind).toBe('committed');
    last = { ...last, head: last.head + 1 };
  }
}

/** A disk of 8 MiB in memory, where the system lets us have one, of the user that the server runs as. */
function smallDisk(): Disposable & { readonly path: string; readonly isMounted: boolean } {
  const path = mkdtempSync(join(tmpdir(), 'perdure-disk-'));
  let isMounted = true;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path], { stdio: 'ignore' });
    const { uid, gid } = statSync(server.directory);
    chownSync(path, uid, gid);
  } catch {
    isMounted = false;
  }
  return {
    ...{ path, isMounted },
    [Symbol.dispose]() {
      if (isMounted) execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function never(): never {
  throw new Error('The sample is missing.');
}
