import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../testing/postgres-server.ts';
import {
  appendSample,
  createSample,
  sampleAppend,
  sampleBlock,
  sampleRow,
  sampleRun,
} from '../../testing/session-store-samples.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('[H8] one changed letter in each kind of row leaves all that is whole readable, and never shows what is not', async () => {
  const schema = server.newSchema();
  const store = new PostgresSessionStore({ url: server.url, schema });
  await store.open();
  const created = await createSample(store);
  const other = await createSample(store, { id: 'other' });
  const record = await appendSample(store, created, {
    claim: true,
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
  const { key, epoch } = record;
  const spoil = (table: string, column: string, mark: string) =>
    server.query(
      `UPDATE ${schema}.${table} SET ${column} = replace(${column}, $1, $2) WHERE strpos(${column}, $1) > 0`,
      [mark, mark.replace(/m|\\/, 'l')],
    );
  await spoil('entry', 'body', 'mark-2');
  await spoil('block', 'body', 'mark-block');
  await spoil('run', 'body', 'mark-run');
  await spoil('snapshot', 'body', 'mark-snapshot');
  await spoil('session', 'tags', '\\"mark-tags');
  await spoil('session', 'metadata', '\\"mark-metadata');
  await spoil('command', 'result', '\\"mark-result');
  // A number of a row, changed as a disk would change it: nobody computes the sum anew.
  await server.query(`UPDATE ${schema}.entry SET audience = 1 WHERE body LIKE '%mark-3%'`);
  await server.query(`UPDATE ${schema}.block SET last_seq = 9 WHERE first_seq = 4`);

  const { rows, head } = await store.read(key, 0, 1_000_000);
  expect(head).toBe(4);
  expect(rows.map(({ through, body, epoch: claim }) => [through, body, claim])).toEqual([
    [1, '{"seq":1}', created.epoch],
    [2, '{"entry":"mark-1"}', epoch],
    [3, null, epoch],
    [4, null, epoch],
  ]);
  const scan = { after: 2, order: 'asc', audience: 'client', maxRows: 1, types: ['log'] } as const;
  expect(await store.scan(key, scan)).toMatchObject([{ after: 2, through: 3, body: null }]);
  expect(await store.scan(key, { ...scan, after: 3, audience: 'server' })).toMatchObject([
    { after: 3, through: 4, body: null },
  ]);
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
  expect((await store.health()).isDamaged).toBe(true);
  // Life goes on, in this session as in others.
  await appendSample(store, record);
  await appendSample(store, other);
  await store.close();
});

test('[H8] a row that stands in another session is shown in neither', async () => {
  const schema = server.newSchema();
  const store = new PostgresSessionStore({ url: server.url, schema });
  await store.open();
  const [a, b] = [await createSample(store, { id: 'a' }), await createSample(store, { id: 'b' })];
  await appendSample(store, a);
  await appendSample(store, b);
  await server.query(
    `UPDATE ${schema}.entry AS e SET body = o.body, sum = o.sum, epoch = o.epoch FROM ${schema}.entry AS o
     WHERE e.session = $1 AND e.through = 2 AND o.session = $2 AND o.through = 2`,
    [a.key, b.key],
  );
  expect((await store.read(a.key, 1, 1_000)).rows).toMatchObject([{ after: 1, through: 2, body: null }]);
  expect((await store.read(b.key, 1, 1_000)).rows).toMatchObject([{ body: '{"seq":2}' }]);
  await store.close();
});

test('[H8] a page that the server finds damaged costs what needs it, by a code of its own, and never the writes of others', async () => {
  const schema = server.newSchema();
  const before = new PostgresSessionStore({ url: server.url, schema });
  await before.open();
  const [a, b] = [await createSample(before, { id: 'a' }), await createSample(before, { id: 'b' })];
  await before.close();
  await damagePage(`${schema}.entry`);

  const store = new PostgresSessionStore({ url: server.url, schema });
  await store.open();
  await expect(store.read(a.key, 0, 1_000)).rejects.toMatchObject({ code: 'storage-damaged' });
  expect(store.damagedRows).toBe(1);
  expect((await store.health()).isDamaged).toBe(true);
  expect(await store.get(a.key)).toEqual(a);
  const outcomes = await Promise.allSettled([
    store.append(sampleAppend(a)), // its row would go on the page
    store.append(sampleAppend(b, { rows: [], snapshot: { through: 1, stateVersion: 1, body: '{}' } })),
    store.compact(a.key, 9),
  ]);
  expect(outcomes).toMatchObject([
    { reason: { code: 'storage-damaged' } },
    { value: { kind: 'committed' } },
    { reason: { code: 'storage-damaged' } },
  ]);
  expect(store.damagedRows).toBe(3);
  await store.remove(a.key); // its purge will not end
  expect(await store.find('tenant', 'a')).toBeUndefined();
  expect((await store.health()).isWritable).toBe(true);
  expect(await store.snapshot(b.key)).toBeDefined();
  await store.close();
});

/** Changes a byte of the first page of a table, while the server is not there to see it. */
async function damagePage(table: string): Promise<void> {
  const [row] = await server.query('SELECT pg_relation_filepath($1::regclass) AS path', [table]);
  await server.stop();
  const path = join(server.directory, String(row?.['path']));
  const file = readFileSync(path);
  file.writeUInt8(file.readUInt8(8_000) ^ 1, 8_000);
  writeFileSync(path, file);
  await server.start();
}
