import { expect, test } from 'vitest';
import type { SessionRecord, SessionStore, StoreHealth } from '../store/session-store.ts';
import { appendSample, createSample, sampleAppend, sampleBlock, sampleRow } from './session-store-samples.ts';

/** A store that counts the damage it meets. */
type CountingStore = SessionStore & { readonly damagedRows: number };

/** A store, and the database below it as another program has it. */
export interface StrikableStore extends AsyncDisposable {
  readonly store: CountingStore;
  restart(): Promise<CountingStore>;
  /** `schema` stands before the name of a table. */
  query(sql: (schema: string) => string): Promise<readonly object[]>;
}

const HEAD = 21;
const FLOOR = 12;

/** What a store over a database does with a floor that a disk has spoilt. */
export function struckFloorContract(open: () => Promise<StrikableStore>): void {
  test.each([
    ['up', FLOOR, FLOOR + 4],
    ['up past the end of the log', FLOOR, FLOOR + 2 ** 40],
    ['down', FLOOR, FLOOR - 4],
    ['down to nothing', FLOOR, 0],
    ['from nothing', 0, 1],
    ['from nothing to far up', 0, 2 ** 33],
  ])('[H8] a floor that was struck %s is told by name, and no row goes by it', async (_, floor, struck) => {
    await using opened = await open();
    const { store } = opened;
    const other = await keptFrom(opened, 'other', FLOOR);
    const record = await keptFrom(opened, 'session', floor);
    const rows = await rowsOf(opened, record);
    await strike(opened, record, struck);
    expect((await store.health()).isDamaged).toBeUndefined();
    await expectRefused(store, record);
    expect(await store.health()).toEqual(damaged);
    expect(await store.list(everything)).toEqual([other]);
    await expectWhole(store, other);

    // A start goes on with what is to be taken out, before anything that is written after it.
    const again = await opened.restart();
    const next = await appendSample(again, other);
    expect(await again.health()).toEqual(damaged);
    expect(await rowsOf(opened, record)).toBe(rows);
    await expectRefused(again, record);
    expect(await again.unsettled(0, 9)).toEqual([next]);
    await expectWhole(again, next);
  });

  test('[H8] a struck floor is put right by one that rises above it, and by no other', async () => {
    await using opened = await open();
    const { store } = opened;
    const [up, down] = [await keptFrom(opened, 'up', FLOOR), await keptFrom(opened, 'down', FLOOR)];
    const rows = await rowsOf(opened, up);
    await strike(opened, up, 1_000);
    await strike(opened, down, FLOOR - 4);
    for (const record of [up, down]) {
      const outcome = await store.append(sampleAppend(record, retained(HEAD, FLOOR + 2)));
      expect(outcome.kind).toBe('committed');
    }
    await expectRefused(store, up);
    expect(await store.get(down.key)).toMatchObject({ floor: FLOOR + 2, head: HEAD + 1 });
    expect((await store.read(down.key, 0, 1_000)).rows).toHaveLength(HEAD + 1 - (FLOOR + 2));
    await expect.poll(() => rowsOf(opened, down)).toBe(rows - 3); // two rows and two blocks went, a row came
    await appendSample(store, down, { after: HEAD + 1 }); // by now nothing is left to be taken out
    expect(await rowsOf(opened, up)).toBe(rows + 1);
  });

  test('[H8] a log whose base is gone is told as damaged, and one that needs none is not', async () => {
    await using opened = await open();
    const { store } = opened;
    const whole = await keptFrom(opened, 'whole', 0);
    const record = await keptFrom(opened, 'session', FLOOR);
    expect(await store.snapshot(whole.key)).toBeUndefined();
    expect(await store.snapshot(record.key)).toBeDefined();
    expect((await store.health()).isDamaged).toBeUndefined();
    await opened.query((schema) => `DELETE FROM ${schema}snapshot WHERE session = ${record.key}`);
    expect(await store.snapshot(record.key)).toBeUndefined();
    expect(await store.health()).toEqual(damaged);
  });
}

const damaged: StoreHealth = { isReadable: true, isWritable: true, isResponsive: true, isDamaged: true };
const everything = { scope: { tenantId: 'tenant' }, limit: 9 } as const;
const scan = { after: 0, order: 'asc', audience: 'client', maxRows: 50 } as const;
const page = { conversationId: 'main', order: 'asc', limit: 50 } as const;

/** One row more, and nothing kept up to the floor. */
const retained = (head: number, floor: number) => ({
  floor,
  snapshot: { through: head + 1, stateVersion: 1, body: '{"base":true}' },
});

/** A session of as many events as blocks, without those up to the floor: they have gone by now. */
async function keptFrom(opened: StrikableStore, id: string, floor: number): Promise<SessionRecord> {
  const { store } = opened;
  const first = await createSample(store, { id, record: { unsettled: true } });
  const rows = Array.from({ length: HEAD - 2 }, (_, index) => sampleRow(index + 1));
  const blocks = rows.map(({ through }) => sampleBlock(through, `b${through}`));
  const before = await appendSample(store, first, { rows, blocks });
  const record = await appendSample(store, before, floor === 0 ? {} : retained(HEAD - 1, floor));
  expect(record).toMatchObject({ head: HEAD, floor });
  const left = HEAD + (HEAD - 2) - floor - Math.max(0, floor - 1);
  await expect.poll(() => rowsOf(opened, record)).toBe(left);
  await expect.poll(() => isMarked(opened, record)).toBe(false);
  return record.floor === 0 ? record : ((await store.get(record.key)) ?? record);
}

/** As a disk would, which computes no checksum. The mark has the next start take out what the floor hides. */
async function strike({ query }: StrikableStore, { key }: SessionRecord, floor: number): Promise<void> {
  await query((schema) => `UPDATE ${schema}session SET floor = ${floor}, unswept = 1 WHERE id = ${key}`);
}

async function isMarked({ query }: StrikableStore, { key }: SessionRecord): Promise<boolean> {
  const found = await query((schema) => `SELECT id FROM ${schema}session WHERE id = ${key} AND unswept = 1`);
  return found.length > 0;
}

async function rowsOf({ query }: StrikableStore, { key }: SessionRecord): Promise<number> {
  const rows = await query((schema) => `SELECT through FROM ${schema}entry WHERE session = ${key}`);
  const blocks = await query((schema) => `SELECT last_seq FROM ${schema}block WHERE session = ${key}`);
  return rows.length + blocks.length;
}

async function expectRefused(store: CountingStore, { key, id, tenantId }: SessionRecord): Promise<void> {
  const reads: (() => Promise<unknown>)[] = [
    () => store.find(tenantId, id),
    () => store.get(key),
    () => createSample(store, { id }),
    () => store.read(key, 0, 1_000),
    () => store.read(key, HEAD - 1, 1_000),
    () => store.scan(key, scan),
    () => store.scan(key, { ...scan, order: 'desc' }),
    () => store.scan(key, { ...scan, types: ['log'] }),
    () => store.scan(key, { ...scan, types: ['block:delta'] }),
    () => store.blocks(key, page),
    () => store.blocks(key, { ...page, order: 'desc', text: 'b20' }),
  ];
  for (const read of reads) {
    const before = store.damagedRows;
    await expect(read(), String(read)).rejects.toMatchObject({ code: 'storage-damaged' });
    expect(store.damagedRows, String(read)).toBeGreaterThan(before);
  }
}

async function expectWhole(store: SessionStore, record: SessionRecord): Promise<void> {
  const { key, head, floor } = record;
  expect(await store.get(key)).toEqual(record);
  expect((await store.read(key, 0, 100_000)).rows).toHaveLength(head - floor);
  expect(await store.scan(key, scan)).toHaveLength(head - floor);
  expect((await store.blocks(key, page))[0]).toMatchObject({ firstSeq: floor + 1 });
}
