import { describe, expect, test } from 'vitest';
import type { Append, SessionRecord, SessionStore } from '../store/session-store.ts';
import type { SessionStoreSetup } from './session-store-contract.ts';
import { appendSample, createSample, sampleAppend, sampleBlock, sampleRow } from './session-store-samples.ts';

/** What becomes of a log of which only the end is kept. */
export function retentionContract({ open, isDurable }: SessionStoreSetup): void {
  describe('retention', () => {
    test('[C12] what ends at the floor or below it is not read from the append on', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await appendSample(store, await logOf(store, 20), retained(20, 12));
      expect(record).toMatchObject({ head: 21, floor: 12 });
      const page = await store.read(record.key, 0, Number.MAX_SAFE_INTEGER);
      expect(page).toMatchObject({ head: 21, floor: 12 });
      expect(page.rows.map(({ through }) => through)).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 21]);
      expect((await store.read(record.key, 15, 1)).rows.map(({ through }) => through)).toEqual([16]);
      expect(await throughs(store, record, { order: 'asc' })).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 21]);
      expect(await throughs(store, record, { order: 'desc', before: 14 })).toEqual([14, 13]);
      expect(await throughs(store, record, { order: 'desc', types: ['log'], before: 14 })).toEqual([14, 13]);
      expect(await throughs(store, record, { order: 'asc', types: ['block:delta'] })).toEqual([]);
      expect(await blockSeqs(store, record)).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
      expect(await blockSeqs(store, record, 'b12')).toEqual([]);
    });

    test('[C12] a row that the floor cuts stays whole, and so do claims and answers', async () => {
      await using opened = await open();
      const { store } = opened;
      const rows = [sampleRow(1), { ...sampleRow(2, { type: 'block:delta' }), through: 8 }, sampleRow(8)];
      const command = { principalId: 'ann', commandId: 'c1', hash: 'h', result: { seq: 2 } };
      const first = await createSample(store);
      const before = await appendSample(store, first, { rows, command, claim: true });
      const record = await appendSample(store, before, retained(9, 5));
      const kept = await store.read(record.key, 0, Number.MAX_SAFE_INTEGER);
      expect(kept.rows.map(({ after, through }) => [after, through])).toEqual([
        [2, 8],
        [8, 9],
        [9, 10],
      ]);
      expect(await throughs(store, record, { order: 'asc', types: ['block:delta'] })).toEqual([8]);
      expect(await store.claims(record.key)).toHaveLength(2);
      expect(await store.command(record.key, 'ann', 'c1')).toMatchObject({ result: { seq: 2 } });
    });

    test('[C12] a floor comes with its base, whole or not at all', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await logOf(store, 9);
      const { snapshot } = retained(9, 5);
      const mistakes: Partial<Append>[] = [
        { floor: 5 },
        { floor: 5, snapshot: { ...base, through: 4 } },
        { floor: 5, snapshot: { ...base, through: 11 } },
        { floor: 11, snapshot: { ...base, through: 11 } },
        { floor: -1, snapshot },
        { floor: 1.5, snapshot },
      ];
      for (const mistake of mistakes) {
        await expect(store.append(sampleAppend(record, mistake))).rejects.toMatchObject({ code: 'internal' });
      }
      const stale: Partial<Append>[] = [{ epoch: record.epoch - 1 }, { after: 8 }];
      for (const wrong of stale) {
        const { kind } = await store.append(sampleAppend(record, { ...retained(8, 5), ...wrong }));
        expect(kind).not.toBe('committed');
      }
      expect(await store.get(record.key)).toEqual(record);
      expect((await store.read(record.key, 0, Number.MAX_SAFE_INTEGER)).rows).toHaveLength(9);
      expect(await store.snapshot(record.key)).toBeUndefined();
    });

    test('[C12] an append over the limit of the log moves no floor', async () => {
      await using opened = await open({ sessionLogBytes: 100 });
      const { store } = opened;
      const record = await logOf(store, 9);
      const rows = [sampleRow(9, { body: 'x'.repeat(100) })];
      const outcome = await store.append(sampleAppend(record, { ...retained(9, 5), rows }));
      expect(outcome.kind).toBe('refused');
      expect(await store.get(record.key)).toEqual(record);
      expect(await store.snapshot(record.key)).toBeUndefined();
    });

    test('[C12] a floor only rises, and no snapshot below it takes the place of the base', async () => {
      await using opened = await open();
      const { store } = opened;
      const first = await appendSample(store, await logOf(store, 9), retained(9, 8));
      const lower = await appendSample(store, first, {
        ...retained(10, 3),
        snapshot: { ...base, through: 6 },
      });
      expect(lower.floor).toBe(8);
      expect(await store.snapshot(lower.key)).toMatchObject({ through: 10 });
      const older = await appendSample(store, lower, { snapshot: { ...base, through: 7 } });
      expect(await store.snapshot(older.key)).toMatchObject({ through: 10 });
      const newer = await appendSample(store, older, { snapshot: { ...base, through: 13 } });
      expect(newer).toMatchObject({ head: 13, floor: 8 });
      expect(await store.snapshot(newer.key)).toMatchObject({ through: 13 });
      const higher = await appendSample(store, newer, retained(13, 12));
      expect(higher.floor).toBe(12);
      expect(await throughs(store, higher, { order: 'asc' })).toEqual([13, 14]);
    });

    test('[C12] what is hidden is taken out, and the size of the log with it', async () => {
      await using opened = await open();
      const { store } = opened;
      const other = await logOf(store, 9, 'other');
      const before = await logOf(store, 900);
      const record = await appendSample(store, before, retained(900, 700));
      expect((await blockSeqs(store, record))[0]).toBe(701); // hidden, though blocks are the last to go
      await expect.poll(() => isSwept(store, record)).toBe(true);
      expect((await store.get(other.key))?.logBytes).toBe(other.logBytes);
      expect((await store.read(other.key, 0, Number.MAX_SAFE_INTEGER)).rows).toHaveLength(9);
      expect(await blockSeqs(store, other)).toHaveLength(8);
      const next = await appendSample(store, await here(store, record), {});
      expect(next.floor).toBe(700);
    });

    test('[C12] a removed session has no floor to be seen, and its id is free', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await appendSample(store, await logOf(store, 900), retained(900, 700));
      await store.remove(record.key);
      expect(await store.read(record.key, 0, 1_000)).toEqual({ rows: [], head: 0, floor: 0 });
      expect(await blockSeqs(store, record)).toEqual([]);
      expect(await createSample(store)).toMatchObject({ floor: 0, head: 1 });
    });

    test.runIf(isDurable)(
      '[C12] it outlives a restart, and what a close cut short is gone on with',
      async () => {
        await using opened = await open();
        const before = await logOf(opened.store, 3_000);
        const after = await appendSample(opened.store, before, retained(3_000, 2_900));
        const store = await opened.restart();
        const record = await here(store, after);
        expect(record).toMatchObject({ head: 3_001, floor: 2_900 });
        expect((await store.read(record.key, 0, Number.MAX_SAFE_INTEGER)).rows).toHaveLength(101);
        expect(await store.snapshot(record.key)).toEqual({ ...base, through: 3_001 });
        await expect.poll(() => isSwept(store, record), { timeout: 20_000 }).toBe(true);
        const again = await opened.restart();
        expect(await isSwept(again, record)).toBe(true);
      },
    );
  });
}

const base = { through: 0, stateVersion: 1, body: '{"base":true}' };

/** One row more, and nothing kept up to the floor. */
const retained = (head: number, floor: number) => ({
  floor,
  snapshot: { ...base, through: head + 1 },
});

/** A session of so many events, with a block for each but the first. */
async function logOf(store: SessionStore, count: number, id = 'session'): Promise<SessionRecord> {
  const first = await createSample(store, { id });
  const rows = Array.from({ length: count - 1 }, (_, index) => sampleRow(index + 1));
  const blocks = rows.map(({ through }) => sampleBlock(through, `b${through}`));
  return appendSample(store, first, { rows, blocks });
}

async function here(store: SessionStore, { key }: SessionRecord): Promise<SessionRecord> {
  const record = await store.get(key);
  if (record === undefined) throw new Error('The session is gone.');
  return record;
}

/** Whether the size of the log is that of the rows that are read. */
async function isSwept(store: SessionStore, { key }: SessionRecord): Promise<boolean> {
  const { rows } = await store.read(key, 0, Number.MAX_SAFE_INTEGER);
  const bytes = rows.reduce((sum, { body }) => sum + Buffer.byteLength(body ?? ''), 0);
  return (await store.get(key))?.logBytes === bytes;
}

async function throughs(
  store: SessionStore,
  { key }: SessionRecord,
  scan: { readonly order: 'asc' | 'desc'; readonly types?: readonly string[]; readonly before?: number },
): Promise<number[]> {
  const rows = await store.scan(key, { after: 0, audience: 'client', maxRows: 50, ...scan });
  return rows.map(({ through }) => through);
}

async function blockSeqs(store: SessionStore, { key }: SessionRecord, text?: string): Promise<number[]> {
  const query = { conversationId: 'main', order: 'asc', limit: 50, text } as const;
  return (await store.blocks(key, query)).map(({ firstSeq }) => firstSeq);
}
