import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import {
  appendSample,
  createSample,
  sampleBlock,
  sampleRow,
  sampleRun,
} from '../../testing/session-store-samples.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

test('[H8] one flipped byte in each kind of row leaves all that is whole readable, and never shows what is not', async () => {
  using temporary = temporaryDirectory();
  const first = await openStore(temporary.path);
  const created = await createSample(first);
  const other = await createSample(first, { id: 'other' });
  const { key } = await appendSample(first, created, {
    rows: [1, 2, 3].map((after) => sampleRow(after, { body: `{"entry":"mark-${after}"}` })),
    blocks: [
      sampleBlock(2, 'whole'),
      sampleBlock(3, 'mark-block'),
      sampleBlock(4, 'whole'),
      sampleBlock(5, 'whole'),
    ],
    runs: [sampleRun('r0'), sampleRun('r1', { agent: 'mark-run' }), sampleRun('r2')],
    command: { principalId: 'ann', commandId: 'c1', hash: 'h', result: { text: '"mark-result' } },
    snapshot: { through: 4, stateVersion: 1, body: '{"state":"mark-snapshot"}' },
    record: { tags: ['"mark-tags'], metadata: { text: '"mark-metadata' } },
  });
  await first.close();

  for (const mark of ['mark-2', 'mark-block', 'mark-run', 'mark-snapshot']) flipByte(temporary.path, mark);
  for (const mark of ['\\"mark-tags', '\\"mark-metadata', '\\"mark-result']) flipByte(temporary.path, mark);

  // A number of a row, changed as a disk would change it: nobody computes the sum anew.
  const db = new Database(join(temporary.path, 'perdure.db'));
  db.prepare("UPDATE entry SET audience = 1 WHERE body LIKE '%mark-3%'").run();
  db.prepare('UPDATE block SET last_seq = 9 WHERE first_seq = 4').run();
  db.close();

  const store = await openStore(temporary.path);
  const { rows, head } = await store.read(key, 0, 1_000_000);
  expect(head).toBe(4);
  expect(rows.map(({ through, body }) => [through, body])).toEqual([
    [1, '{"seq":1}'],
    [2, '{"entry":"mark-1"}'],
    [4, null], // two that lie side by side
  ]);
  const scan = { after: 2, order: 'asc', audience: 'client', maxRows: 1, types: ['log'] } as const;
  expect(await store.scan(key, scan)).toMatchObject([{ after: 2, through: 4, body: null }]);
  const page = { conversationId: 'main', order: 'asc', limit: 2 } as const;
  expect(await store.blocks(key, page)).toEqual([sampleBlock(2, 'whole'), sampleBlock(5, 'whole')]);
  expect(await store.blocks(key, { ...page, text: 'whole' })).toHaveLength(2);
  expect(await store.runs(key, { limit: 9 })).toEqual([sampleRun('r2'), sampleRun('r0')]);
  expect(await store.runs(key, { limit: 2 })).toEqual([sampleRun('r2'), sampleRun('r0')]); // a page is full all the same
  expect(await store.run(key, 'r1')).toBeUndefined();
  expect(await store.snapshot(key)).toBeUndefined();
  expect((await store.command(key, 'ann', 'c1'))?.result).toEqual({});
  const scope = { tenantId: 'tenant' };
  expect(await store.list({ scope, limit: 9, tag: 'no-such' })).toEqual([]);
  expect(await store.list({ scope, limit: 9, metadata: { text: 'no-such' } })).toEqual([]);
  expect(await store.list({ scope, limit: 9 })).toMatchObject([
    { id: 'other', tags: [] },
    { id: 'session', tags: [], metadata: {} },
  ]);
  expect(store.damagedRows).toBeGreaterThanOrEqual(6);
  // Life goes on, in this session as in others.
  const record = await store.get(key);
  if (record !== undefined) await appendSample(store, record);
  await appendSample(store, other);
  await store.close();
});

test('[H8] a counter of sessions that was struck gives no number twice: sessions can be created', async () => {
  using temporary = temporaryDirectory();
  const first = await openStore(temporary.path);
  await createSample(first);
  await createSample(first, { id: 'other' });
  const { key } = await createSample(first, { id: 'struck' });
  await first.close();
  change(temporary.path, "UPDATE counter SET value = 0 WHERE name = 'session'");
  change(temporary.path, `UPDATE session SET id = ${2n ** 62n} WHERE public_id = 'struck'`);

  const store = await openStore(temporary.path);
  expect((await createSample(store, { id: 'third' })).key).toBe(key + 1);
  expect((await createSample(store, { id: 'fourth' })).key).toBe(key + 2);
  await store.close();
});

test('[H8] a row that stands where no write put one is told as damage, and others are written', async () => {
  using temporary = temporaryDirectory();
  const first = await openStore(temporary.path);
  const created = await createSample(first);
  const other = await createSample(first, { id: 'other' });
  await first.close();
  const columns = 'session, conversation, first_seq, last_seq, body, sum';
  change(temporary.path, `INSERT INTO block (${columns}) VALUES (${created.key}, 'main', 2, 2, '{}', 0)`);

  const store = await openStore(temporary.path);
  const block = sampleBlock(2, 'said');
  await expect(appendSample(store, created, { blocks: [block] })).rejects.toMatchObject({
    code: 'storage-damaged',
  });
  await appendSample(store, other, { blocks: [block] });
  expect(await store.health()).toMatchObject({ isDamaged: true });
  await store.close();
});

function change(directory: string, sql: string): void {
  const db = new Database(join(directory, 'perdure.db'));
  db.exec(sql);
  db.close();
}

async function openStore(directory: string): Promise<SqliteSessionStore> {
  const store = new SqliteSessionStore({ directory });
  await store.open();
  return store;
}

/** Flips one bit of the first byte of the mark, wherever in the database it stands. */
function flipByte(directory: string, mark: string): void {
  const path = join(directory, 'perdure.db');
  const file = readFileSync(path);
  const place = file.indexOf(mark);
  expect(place, mark).toBeGreaterThan(0);
  file.writeUInt8(file.readUInt8(place) ^ 1, place);
  writeFileSync(path, file);
}
