import { describe, expect, test } from 'vitest';
import type { LogScan, NewRow, SessionRecord, SessionStore } from '../store/session-store.ts';
import {
  appendSample,
  createSample,
  sampleAppend,
  sampleBlock,
  sampleRow,
  sampleRun,
} from './session-store-samples.ts';
import type { SessionStoreSetup } from './session-store-contract.ts';

export function readContract({ open }: SessionStoreSetup): void {
  describe('reading a log', () => {
    test('[H2] rows come after a place, in order, as they were written', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await createSample(store);
      const rows = [
        sampleRow(1, { through: 4, type: 'block:delta', body: '"ä",\t"\u{1f600}",\t"z"' }),
        sampleRow(4, { type: 'audit', audience: 'server' }),
      ];
      await appendSample(store, record, { rows });
      const { epoch } = record;
      expect(await store.read(record.key, 0, 1_000)).toEqual({
        rows: [
          { ...sampleRow(0, { type: 'session:created' }), epoch },
          ...rows.map((row) => ({ ...row, epoch })),
        ],
        head: 5,
        floor: 0,
      });
      // A cursor may fall inside a row: the row is among the answer.
      expect((await store.read(record.key, 2, 1_000)).rows.map(({ after }) => after)).toEqual([1, 4]);
      expect(await store.read(record.key, 5, 1_000)).toEqual({ rows: [], head: 5, floor: 0 });
      expect(await store.read(99, 0, 1_000)).toEqual({ rows: [], head: 0, floor: 0 });
    });

    test('[H2] a page ends at about as many bytes as asked for, but has one row at least', async () => {
      await using opened = await open();
      const { record } = await sessionOf(opened.store, 10);
      const sizes = async (maxBytes: number) =>
        (await opened.store.read(record.key, 0, maxBytes)).rows.length;
      expect(await sizes(0)).toBe(1);
      expect(await sizes(18)).toBe(2); // each body has 9 bytes
      expect(await sizes(1_000_000)).toBe(10);
    });

    test('[H2] a scan finds rows by type, audience and range, from either end', async () => {
      await using opened = await open();
      const types = ['run:started', 'block:delta', 'log', 'block:delta', 'run:completed', 'audit', 'log'];
      const rows = types.map((type, index) =>
        sampleRow(index + 1, { type, audience: type === 'audit' ? 'server' : 'client' }),
      );
      const record = await createSample(opened.store);
      await appendSample(opened.store, record, { rows });
      const all: LogScan = { after: 0, order: 'asc', audience: 'client', maxRows: 100 };
      const scan = async (part: Partial<LogScan>) =>
        (await opened.store.scan(record.key, { ...all, ...part })).map(({ through }) => through);
      expect(await scan({})).toEqual([1, 2, 3, 4, 5, 6, 8]);
      expect(await scan({ audience: 'server' })).toEqual([7]);
      expect(await scan({ types: ['log'] })).toEqual([4, 8]);
      expect(await scan({ types: ['run:completed', 'run:started', 'no:such'] })).toEqual([2, 6]);
      expect(await scan({ types: ['block:delta', 'log'] })).toEqual([3, 4, 5, 8]);
      expect(await scan({ types: ['block:delta', 'log'], order: 'desc', maxRows: 2 })).toEqual([8, 5]);
      expect(await scan({ types: [] })).toEqual([]);
      expect(await scan({ order: 'desc', maxRows: 3 })).toEqual([8, 6, 5]);
      expect(await scan({ after: 3, before: 6 })).toEqual([4, 5, 6]);
      expect(await scan({ types: ['log'], after: 4 })).toEqual([8]);
    });

    test('[H2] a scan is full however many rows of the other audience lie between', async () => {
      await using opened = await open();
      const record = await createSample(opened.store);
      const rows = Array.from({ length: 40 }, (_, index) =>
        sampleRow(index + 1, { audience: index % 10 === 9 ? 'server' : 'client' }),
      );
      await appendSample(opened.store, record, { rows });
      const scan = { after: 0, audience: 'server', maxRows: 3 } as const;
      for (const types of [undefined, ['log'], ['log', 'block:delta']]) {
        const found = async (order: 'asc' | 'desc') =>
          (await opened.store.scan(record.key, { ...scan, order, types })).map(({ through }) => through);
        expect(await found('asc')).toEqual([11, 21, 31]);
        expect(await found('desc')).toEqual([41, 31, 21]);
      }
    });

    test('[H2] compaction takes out deltas before a place and nothing else, and the log stays readable', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await createSample(store);
      const deltas: NewRow[] = Array.from({ length: 1_000 }, (_, index) =>
        sampleRow(index + 1, { type: index % 3 === 0 ? 'log' : 'block:delta' }),
      );
      const before = await appendSample(store, record, { rows: deltas });
      await store.compact(record.key, 902);
      const { rows, head } = await store.read(record.key, 0, 1_000_000);
      const kept = deltas.filter(({ type, through }) => type === 'log' || through >= 902);
      expect(rows.slice(1).map(({ body }) => body)).toEqual(kept.map(({ body }) => body));
      expect(head).toBe(1_001);
      const bytes = rows.reduce((sum, { body }) => sum + Buffer.byteLength(body ?? ''), 0);
      expect((await store.get(record.key))?.logBytes).toBe(bytes);
      expect(bytes).toBeLessThan(before.logBytes);
      await store.compact(99, 902);
    });

    test('[A15] a removed session is gone from every read at once, and its id is free', async () => {
      await using opened = await open();
      const { store } = opened;
      const { record } = await sessionOf(store, 600);
      await store.remove(record.key);
      await expectGone(store, record);
      expect(await store.append(sampleAppend(record))).toEqual({ kind: 'deleted' });
      await store.remove(record.key);
      const anew = await createSample(store);
      expect(anew.key).not.toBe(record.key);
      expect(anew.epoch).toBeGreaterThan(record.epoch);
      const restarted = await opened.restart();
      expect((await restarted.find('tenant', 'session'))?.key).toBe(anew.key);
      await expectGone(restarted, record);
    });
  });

  describe('reading projections', () => {
    test('[H2] blocks come in pages from either end, of one conversation', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await createSample(store);
      const blocks = [2, 3, 5, 8].map((seq) => sampleBlock(seq, `text ${seq}`));
      await appendSample(store, record, { blocks: [...blocks, sampleBlock(4, 'aside', 'child')] });
      const places = async (order: 'asc' | 'desc', limit: number, from?: number) =>
        (await store.blocks(record.key, { conversationId: 'main', order, limit, from })).map(
          ({ firstSeq }) => firstSeq,
        );
      expect(await places('asc', 3)).toEqual([2, 3, 5]);
      expect(await places('asc', 3, 5)).toEqual([8]);
      expect(await places('desc', 2)).toEqual([8, 5]);
      expect(await places('desc', 9, 5)).toEqual([3, 2]);
    });

    test('[H2] blocks are found by what they say, in any case and script, and not by how they are kept', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await createSample(store);
      const said = [
        'Über allen Gipfeln',
        'say "hi"\nand go',
        '100% of it',
        'ΑΘΗΝΑ',
        'plain',
        '32 \u212a and \u0130',
      ];
      const blocks = said.map((text, index) => sampleBlock(index + 2, text));
      await appendSample(store, record, { blocks });
      const found = async (text: string) =>
        (await store.blocks(record.key, { conversationId: 'main', order: 'asc', limit: 9, text })).map(
          ({ firstSeq }) => firstSeq,
        );
      expect(await found('über')).toEqual([2]);
      expect(await found('GIPFEL')).toEqual([2]);
      expect(await found('"HI"\nand')).toEqual([3]);
      expect(await found('%')).toEqual([4]);
      expect(await found('αθηνα')).toEqual([5]);
      // The Kelvin sign and the dotted I: their lower case is, or begins with, a letter of ASCII.
      expect(await found('32 k and i')).toEqual([7]);
      expect(await found('assistant_text')).toEqual([]);
      expect(await found('')).toEqual([2, 3, 4, 5, 6, 7]);
    });

    test('[H2] no search finds what begins in one text of a block and ends in another', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await createSample(store);
      const tool = {
        type: 'tool_use',
        id: 't',
        status: 'complete',
        toolName: 'read',
        toolUseId: 'u',
      } as const;
      const place = { conversationId: 'main', firstSeq: 2, lastSeq: 2 };
      const block = { ...place, block: { ...tool, input: { path: 'notes', mode: 'all' } } };
      await appendSample(store, record, { blocks: [block] });
      const found = (text: string) =>
        store.blocks(record.key, { conversationId: 'main', order: 'asc', limit: 9, text });
      expect(await found('notes')).toHaveLength(1);
      expect(await found('notes\nall')).toEqual([]);
      expect(await found('notesall')).toEqual([]);
    });

    test('[H2] a search through blocks goes on until its page is full', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await createSample(store);
      const blocks = Array.from({ length: 700 }, (_, index) =>
        sampleBlock(index + 2, index % 100 === 0 ? 'nadel ü' : 'heu type'),
      );
      await appendSample(store, record, { blocks });
      const query = { conversationId: 'main', order: 'asc', limit: 5, text: 'NADEL Ü' } as const;
      const found = await store.blocks(record.key, query);
      expect(found.map(({ firstSeq }) => firstSeq)).toEqual([2, 102, 202, 302, 402]);
      expect(await store.blocks(record.key, { ...query, from: 402 })).toHaveLength(2);
    });

    test('[H2] runs come newest first, each as it was written last, in pages', async () => {
      await using opened = await open();
      const { store } = opened;
      let record = await createSample(store);
      for (const runId of ['r1', 'r2', 'r3']) {
        record = await appendSample(store, record, { runs: [sampleRun(runId)] });
      }
      const ended = sampleRun('r1', { status: 'completed' });
      await appendSample(store, record, { runs: [ended] });
      const ids = async (limit: number, before?: string) =>
        (await store.runs(record.key, { limit, before })).map(({ runId }) => runId);
      expect(await ids(9)).toEqual(['r3', 'r2', 'r1']);
      expect(await ids(1, 'r3')).toEqual(['r2']);
      expect(await ids(9, 'no-such')).toEqual([]);
      expect(await store.run(record.key, 'r1')).toEqual(ended);
      expect(await store.run(record.key, 'no-such')).toBeUndefined();
    });

    test('[H2] the last snapshot is the one that is kept', async () => {
      await using opened = await open();
      const first = await createSample(opened.store);
      const second = await appendSample(opened.store, first, {
        snapshot: { through: 1, stateVersion: 1, body: '{"a":1}' },
      });
      await appendSample(opened.store, second, {
        snapshot: { through: 2, stateVersion: 2, body: '{"b":1}' },
      });
      expect(await opened.store.snapshot(first.key)).toEqual({
        through: 2,
        stateVersion: 2,
        body: '{"b":1}',
      });
    });
  });
}

/** A session of so many rows, with something in every table. */
async function sessionOf(store: SessionStore, count: number): Promise<{ record: SessionRecord }> {
  const first = await createSample(store, { rows: [sampleRow(0)] });
  const rows = Array.from({ length: count - 1 }, (_, index) => sampleRow(index + 1));
  const record = await appendSample(store, first, {
    rows: rows.map((row) => ({ ...row, body: '{"seq":0}' })),
    record: { unsettled: true },
    blocks: [sampleBlock(2, 'said')],
    runs: [sampleRun('r1')],
    command: { principalId: 'ann', commandId: 'c1', hash: 'h', result: {} },
    snapshot: { through: 2, stateVersion: 1, body: '{}' },
  });
  return { record };
}

async function expectGone(store: SessionStore, { key, id }: SessionRecord): Promise<void> {
  expect(await store.get(key)).toBeUndefined();
  expect((await store.find('tenant', id))?.key).not.toBe(key);
  expect(await store.read(key, 0, 1_000)).toEqual({ rows: [], head: 0, floor: 0 });
  const scan = { after: 0, order: 'asc', audience: 'client', maxRows: 9 } as const;
  expect(await store.scan(key, scan)).toEqual([]);
  expect(await store.scan(key, { ...scan, types: ['log'] })).toEqual([]);
  expect(await store.claims(key)).toEqual([]);
  expect(await store.command(key, 'ann', 'c1')).toBeUndefined();
  expect(await store.snapshot(key)).toBeUndefined();
  expect(await store.blocks(key, { conversationId: 'main', order: 'asc', limit: 9 })).toEqual([]);
  expect(await store.runs(key, { limit: 9 })).toEqual([]);
  expect(await store.run(key, 'r1')).toBeUndefined();
  const listed = await store.list({ scope: { tenantId: 'tenant' }, limit: 9 });
  expect(listed.map((record) => record.key)).not.toContain(key);
  expect((await store.unsettled(0, 9)).map((record) => record.key)).not.toContain(key);
}
