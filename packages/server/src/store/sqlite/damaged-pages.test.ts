import { readFileSync, writeFileSync } from 'node:fs';
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

const ROWS = 800;
const scope = { tenantId: 'tenant' };
const page = { conversationId: 'main', order: 'asc', limit: 1_000 } as const;
const everything = { after: 0, audience: 'client', maxRows: 2_000 } as const;

test.each([
  ['the rows of a log', 'entry', ROWS],
  ['the index of a log', 'sqlite_autoindex_entry_1', ROWS],
])(
  '[H8] a page of %s that is gone is a mark in its range, and no other event is lost',
  async (_what, table) => {
    await using world = await damagedWorld();
    const { store, a, b } = await world.without(table);
    const whole = await intactSeqs(store, b.key);
    expect(whole.lost).toEqual([]);
    expect(whole.seqs).toHaveLength(ROWS + 1);

    const { seqs, lost } = await intactSeqs(store, a.key);
    expect(lost.length).toBeGreaterThan(0);
    expect(seqs.length).toBeGreaterThan(ROWS / 2);
    // Between them they are all there is.
    const all = [...seqs, ...lost.flatMap(({ after, through }) => range(after, through))];
    expect(all.toSorted((x, y) => x - y)).toEqual(range(0, ROWS + 1));
    expect((await store.read(a.key, 0, 1)).rows).toHaveLength(1);

    for (const order of ['asc', 'desc'] as const) {
      const rows = await store.scan(a.key, { ...everything, order });
      const found = rows.filter(({ body }) => body !== null).map(({ through }) => through);
      expect(found.toSorted((x, y) => x - y)).toEqual(seqs);
    }
    const last = await store.scan(a.key, { ...everything, order: 'desc', maxRows: 1 });
    expect(last.map(({ through }) => through)).toEqual([ROWS + 1]);
    await expectLife(store, b);
  },
);

test.each(['block', 'run'])(
  '[H8] a page of the table %s that is gone costs its rows alone',
  async (table) => {
    await using world = await damagedWorld();
    const { store, a, b } = await world.without(table);
    const count = async ({ key }: SessionRecord) =>
      table === 'block'
        ? (await store.blocks(key, page)).length
        : (await store.runs(key, { limit: 1_000 })).length;
    expect(await count(b)).toBe(ROWS);
    expect(await count(a)).toBeGreaterThan(ROWS / 2);
    expect(await count(a)).toBeLessThan(ROWS);
    expect(store.damagedRows).toBeGreaterThan(0);
    expect(await store.blocks(a.key, { ...page, order: 'desc', limit: 1 })).toHaveLength(1);
    expect(await store.runs(a.key, { limit: 1 })).toHaveLength(1);
    await expectLife(store, b);
  },
);

test('[H8] sessions whose records are on a page that is gone say so, and a list has all others', async () => {
  await using world = await damagedWorld(60);
  const { store } = await world.without('session');
  const listed = await store.list({ scope, limit: 100 });
  expect(listed.length).toBeGreaterThan(10);
  expect(listed.length).toBeLessThan(60);
  const first = await store.list({ scope, limit: 5 });
  const next = await store.list({ scope, limit: 100, after: first.at(-1) });
  expect([...first, ...next]).toEqual(listed);
  const ids = new Set(listed.map(({ id }) => id));
  for (const { id, key } of world.records) {
    const found = store.find('tenant', id);
    if (ids.has(id)) expect(await found).toMatchObject({ key });
    else await expect(found).rejects.toMatchObject({ code: 'storage-damaged' });
  }
  await expect(store.find('tenant', 'no-such')).resolves.toBeUndefined();
  expect(await store.unsettled(0, 100)).toEqual([]);
});

test.each([
  ['does not count any more', (page: Buffer) => page.writeUInt16BE(page.readUInt16BE(3) - 1, 3)],
  ['gives another number', (page: Buffer) => page.writeUInt8(127, page.readUInt16BE(8) + 2)], // of its first row
])(
  '[H8] a session that a page of records %s is not said to be absent, and costs a list itself',
  async (_, strike) => {
    await using world = await damagedWorld(60);
    const { store } = await world.without('session', 0.15, strike);
    const found = await Promise.allSettled(world.records.map(({ id }) => store.find('tenant', id)));
    const lost = found.filter((one) => one.status === 'rejected' || one.value === undefined);
    expect(lost).toMatchObject([{ reason: { code: 'storage-damaged' } }]);
    expect(await store.list({ scope, limit: 100 })).toHaveLength(59);
  },
);

test('[H8] an append to what is damaged fails alone and by its name, and its neighbours are committed', async () => {
  await using world = await damagedWorld();
  const { store, a, b } = await world.without('sqlite_autoindex_entry_1', 0.49);
  const outcomes = await Promise.allSettled([
    store.append(sampleAppend(b)),
    store.append(sampleAppend(a)),
    store.append(sampleAppend({ ...b, head: b.head + 1 })),
  ]);
  expect(outcomes).toMatchObject([
    { value: { kind: 'committed' } },
    { reason: { code: 'storage-damaged' } },
    { value: { kind: 'committed' } },
  ]);
  expect((await store.health()).isWritable).toBe(true);
});

test('[H8] a row that an index has in another session is in neither shown as of it', async () => {
  await using world = await damagedWorld();
  const { store, a, b } = await world.changed((db) => {
    // As a damaged index would: the row of one leads to the text of the other.
    const row = db
      .prepare('SELECT epoch, body, sum FROM entry WHERE session = ? AND through = 7')
      .get(world.a.key);
    const update =
      'UPDATE entry SET epoch = @epoch, body = @body, sum = @sum WHERE session = @b AND through = 7';
    db.prepare(update).run({ ...Object(row), b: world.b.key });
  });
  expect((await intactSeqs(store, a.key)).lost).toEqual([]);
  expect((await intactSeqs(store, b.key)).lost).toMatchObject([{ after: 6, through: 7 }]);
});

test('[H8] a record that ends before its log does shows the whole log, and takes no writes', async () => {
  await using world = await damagedWorld();
  const { store, a, b } = await world.changed((db) =>
    db.prepare('UPDATE session SET head = 40 WHERE id = ?').run(world.a.key),
  );
  const record = await store.find('tenant', a.id);
  expect(record?.head).toBe(ROWS + 1);
  expect((await store.read(a.key, ROWS, 1_000)).head).toBe(ROWS + 1);
  await expect(store.append(sampleAppend(record ?? a))).rejects.toMatchObject({ code: 'storage-damaged' });
  await expectLife(store, b);
});

test('[H8] damage that only a write has met is told as what a read has met', async () => {
  await using world = await damagedWorld();
  const { store, a, b } = await world.without('entry');
  await expect(store.compact(a.key, ROWS)).rejects.toMatchObject({ code: 'storage-damaged' });
  expect((await store.health()).isDamaged).toBe(true);
  await expectLife(store, b);
});

test('[H8] what is no text, or no count, reads as nothing in a record', async () => {
  await using world = await damagedWorld();
  const { store, a } = await world.changed((db) =>
    db.exec(
      "UPDATE session SET title = x'07', tags = x'05', activity = x'00', archived = 'yes', updated_at = x'04'",
    ),
  );
  const expected = { title: '', tags: [], activity: 'idle', archived: false, updatedAt: a.createdAt };
  expect(await store.find('tenant', a.id)).toMatchObject(expected);
});

test.each(["head = 'x'", "agent = x'04'", 'epoch = -1'])(
  '[H8] a record with %s is told as damaged, and a list goes on without it',
  async (change) => {
    await using world = await damagedWorld();
    const { store, a, b } = await world.changed((db) =>
      db.exec(`UPDATE session SET ${change} WHERE id = ${world.a.key}`),
    );
    await expect(store.find('tenant', a.id)).rejects.toMatchObject({ code: 'storage-damaged' });
    expect(await store.list({ scope, limit: 9 })).toMatchObject([{ id: b.id }]);
    expect(store.damagedRows).toBeGreaterThan(1);
  },
);

interface Damaged {
  readonly store: SqliteSessionStore;
  readonly a: SessionRecord;
  readonly b: SessionRecord;
}

interface DamagedWorld extends AsyncDisposable {
  readonly a: SessionRecord;
  readonly b: SessionRecord;
  readonly records: readonly SessionRecord[];
  /** Zeroes or strikes the leaf page of a tree at that part of it, and opens the store. The first half is `a`'s. */
  without(tree: string, part?: number, strike?: (page: Buffer) => unknown): Promise<Damaged>;
  changed(change: (db: Database.Database) => unknown): Promise<Damaged>;
}

/** A closed database of two sessions with much in them, `a` and `b`, and empty ones if more are asked for. */
async function damagedWorld(sessions = 2): Promise<DamagedWorld> {
  const temporary = temporaryDirectory();
  const path = join(temporary.path, 'perdure.db');
  const { file, records } = await makeTemplate(sessions);
  writeFileSync(path, file);
  const [a, b] = records;
  if (a === undefined || b === undefined) throw new Error('There are two at least.');
  const opened: SqliteSessionStore[] = [];
  const open = async (): Promise<Damaged> => {
    const store = await openStore(temporary.path);
    opened.push(store);
    return { store, a, b };
  };
  return {
    a,
    b,
    records,
    without(tree, part = 0.15, strike = (page) => page.fill(0)) {
      const { pageNumber, pageBytes } = leafOf(path, tree, part);
      const file = readFileSync(path);
      strike(file.subarray((pageNumber - 1) * pageBytes, pageNumber * pageBytes));
      writeFileSync(path, file);
      return open();
    },
    changed(change) {
      const db = new Database(path);
      change(db);
      db.close();
      return open();
    },
    async [Symbol.asyncDispose]() {
      for (const store of opened) await store.close();
      temporary[Symbol.dispose]();
    },
  };
}

interface Template {
  readonly file: Buffer;
  readonly records: readonly SessionRecord[];
}

async function makeTemplate(sessions: number): Promise<Template> {
  using temporary = temporaryDirectory();
  const store = await openStore(temporary.path);
  const records: SessionRecord[] = [];
  for (let index = 0; index < sessions; index += 1) {
    const id = `session-${index}`;
    const record = await createSample(store, { id, record: { title: 'x'.repeat(400), metadata: { id } } });
    records.push(index < 2 ? await fill(store, record) : record);
  }
  await store.close();
  return { file: readFileSync(join(temporary.path, 'perdure.db')), records };
}

async function fill(store: SessionStore, record: SessionRecord): Promise<SessionRecord> {
  const places = range(1, 1 + ROWS);
  return appendSample(store, record, {
    rows: places.map((seq) =>
      sampleRow(seq - 1, { body: `{"seq":${seq},"of":"${record.id} ${'x'.repeat(50)}"}` }),
    ),
    blocks: places.map((seq) => sampleBlock(seq, `block ${seq} ${'x'.repeat(50)}`)),
    runs: places.map((seq) => sampleRun(`run-${seq}`, { agent: 'x'.repeat(50) })),
  });
}

function leafOf(path: string, tree: string, part: number): { pageNumber: number; pageBytes: number } {
  const db = new Database(path, { readonly: true });
  const leaves = db
    .prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path")
    .pluck()
    .all(tree) as number[];
  const pageBytes = Number(db.pragma('page_size', { simple: true }));
  db.close();
  expect(leaves.length, tree).toBeGreaterThan(3);
  return { pageNumber: leaves[Math.floor(leaves.length * part)] ?? 0, pageBytes };
}

async function intactSeqs(store: SessionStore, key: number) {
  const { rows } = await store.read(key, 0, Number.MAX_SAFE_INTEGER);
  return {
    seqs: rows.filter(({ body }) => body !== null).map(({ through }) => through),
    lost: rows.filter(({ body }) => body === null),
  };
}

/** A session that nothing happened to can be written to and read. */
async function expectLife(store: SqliteSessionStore, record: SessionRecord): Promise<void> {
  await appendSample(store, record);
  expect((await store.health()).isWritable).toBe(true);
  expect(store.damagedRows).toBeGreaterThan(0);
}

async function openStore(directory: string): Promise<SqliteSessionStore> {
  const store = new SqliteSessionStore({ directory });
  await store.open();
  return store;
}

/** The places after one and through another. */
function range(after: number, through: number): number[] {
  return Array.from({ length: through - after }, (_, index) => after + index + 1);
}
