import { describe, expect, test } from 'vitest';
import {
  appendSample,
  createSample,
  sampleAppend,
  sampleBlock,
  sampleRow,
  sampleRun,
  sampleSession,
} from './session-store-samples.ts';
import type { SessionStoreSetup } from './session-store-contract.ts';

export function appendContract({ open, isDurable }: SessionStoreSetup): void {
  describe('writing', () => {
    test('[H2] a session is made with its first rows, under a claim of its own', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await createSample(store, {
        record: { title: 'Ann’s', tags: ['a'], metadata: { n: 1 } },
      });
      expect(record).toMatchObject({
        id: 'session',
        title: 'Ann’s',
        tags: ['a'],
        metadata: { n: 1 },
        head: 1,
      });
      expect(record.epoch).toBeGreaterThan(0);
      expect(await store.get(record.key)).toEqual(record);
      expect(await store.find('tenant', 'session')).toEqual(record);
      expect(await store.claims(record.key)).toEqual([{ first: 1, epoch: record.epoch }]);
    });

    test('[H2] of many who make one id at the same time, one does and the others are told of it', async () => {
      await using opened = await open();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          opened.store.create(sampleSession({ ownerId: `owner-${index}` })),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'exists')).toHaveLength(19);
      const owners = outcomes.map((outcome) => (outcome.kind === 'unknown' ? '' : outcome.record.ownerId));
      expect(new Set(owners).size).toBe(1);
    });

    test('[H2] the same id in another tenant is another session', async () => {
      await using opened = await open();
      const ours = await createSample(opened.store);
      const theirs = await createSample(opened.store, { tenantId: 'other' });
      expect(theirs.key).not.toBe(ours.key);
      expect(await opened.store.find('third', 'session')).toBeUndefined();
    });

    test('[H7] rows, record, blocks, runs, answer and snapshot are written together', async () => {
      await using opened = await open();
      const record = await createSample(opened.store);
      const command = { principalId: 'ann', commandId: 'c1', hash: 'h', result: { seq: 2 } };
      const snapshot = { through: 2, stateVersion: 1, body: '{"a":"ä"}' };
      await appendSample(opened.store, record, {
        record: { title: 'New', swarm: 'pair', archived: true, unsettled: true, openRequests: 2 },
        blocks: [sampleBlock(2, 'hello')],
        runs: [sampleRun('r1')],
        command,
        snapshot,
      });
      const store = await opened.restart();
      if (!isDurable) expect(store).toBe(opened.store);
      const after = await store.get(record.key);
      expect(after).toMatchObject({ title: 'New', swarm: 'pair', archived: true, unsettled: true, head: 2 });
      expect(after?.openRequests).toBe(2);
      expect((await store.read(record.key, 0, 1_000)).rows).toHaveLength(2);
      expect(await store.blocks(record.key, { conversationId: 'main', order: 'asc', limit: 9 })).toEqual([
        sampleBlock(2, 'hello'),
      ]);
      expect(await store.run(record.key, 'r1')).toEqual(sampleRun('r1'));
      expect(await store.command(record.key, 'ann', 'c1')).toEqual(command);
      expect(await store.snapshot(record.key)).toEqual(snapshot);
    });

    test('[H7] a field of the record that an append leaves out stays, one that it clears is cleared', async () => {
      await using opened = await open();
      const record = await createSample(opened.store, { record: { swarm: 'pair', title: 'Kept' } });
      const after = await appendSample(opened.store, record, { record: { swarm: undefined } });
      expect(after).toMatchObject({ swarm: undefined, title: 'Kept', agent: 'echo' });
    });

    test('[H2] a command id that was used is a duplicate, with its first answer, and nothing is written', async () => {
      await using opened = await open();
      const { store } = opened;
      const record = await createSample(store);
      const command = { principalId: 'ann', commandId: 'c1', hash: 'h1', result: { seq: 2 } };
      const once = sampleAppend(record, { command });
      const again = sampleAppend(record, { command: { ...command, hash: 'h2', result: { seq: 9 } } });
      // Side by side, so that a store which writes in groups has both in one.
      expect(await Promise.all([store.append(once), store.append(again)])).toEqual([
        { kind: 'committed', epoch: record.epoch },
        { kind: 'duplicate', hash: 'h1', result: { seq: 2 } },
      ]);
      expect((await store.get(record.key))?.head).toBe(2);
      const byAnother = { ...command, principalId: 'bob' };
      await appendSample(store, { ...record, head: 2 }, { command: byAnother });
    });

    test('[H5] an owner whose session was claimed by another is fenced, however late it writes', async () => {
      await using opened = await open();
      const { store } = opened;
      const first = await createSample(store);
      const second = await appendSample(store, first, { claim: true });
      expect(second.epoch).toBeGreaterThan(first.epoch);
      expect(await store.append(sampleAppend(first))).toEqual({ kind: 'fenced' });
      expect(await store.append(sampleAppend(first, { after: second.head }))).toEqual({ kind: 'fenced' });
      expect(await store.append(sampleAppend(first, { claim: true }))).toEqual({ kind: 'fenced' });
      expect((await store.get(first.key))?.head).toBe(second.head);
      expect(await store.claims(first.key)).toEqual([
        { first: 1, epoch: first.epoch },
        { first: 2, epoch: second.epoch },
      ]);
    });

    test('[H5] an append to a head that has moved on is a conflict', async () => {
      await using opened = await open();
      const record = await createSample(opened.store);
      await appendSample(opened.store, record);
      expect(await opened.store.append(sampleAppend(record))).toEqual({ kind: 'conflict' });
    });

    test('[H2] epochs rise over all sessions and are given to nobody twice, removed sessions included', async () => {
      await using opened = await open();
      const epochs: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        const record = await createSample(opened.store);
        const claimed = await appendSample(opened.store, record, { claim: true });
        epochs.push(record.epoch, claimed.epoch);
        await opened.store.remove(record.key);
        await opened.restart();
      }
      expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
    });

    test('[H2] a log as large as it may be takes nothing more, but what must be said', async () => {
      await using opened = await open({ sessionLogBytes: 40 });
      const record = await createSample(opened.store, { rows: [sampleRow(0, { body: 'x'.repeat(30) })] });
      const rows = [sampleRow(1, { body: 'ä'.repeat(6) })];
      const refused = { kind: 'refused', max: 40, current: 30 };
      expect(await opened.store.append(sampleAppend(record, { rows }))).toEqual(refused);
      expect((await opened.store.get(record.key))?.head).toBe(1);
      const after = await appendSample(opened.store, record, { rows, essential: true });
      expect(after.logBytes).toBe(42);
    });

    test('[H7] of appends side by side, one that fails takes none of its neighbours with it', async () => {
      await using opened = await open();
      const { store } = opened;
      const records = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((id) => createSample(store, { id, ownerId: id })),
      );
      const [, stale, gone] = records;
      await store.append(sampleAppend(stale ?? never(), { claim: true }));
      await store.remove((gone ?? never()).key);
      const outcomes = await Promise.all(records.map((record) => store.append(sampleAppend(record))));
      expect(outcomes.map(({ kind }) => kind)).toEqual([
        ...['committed', 'fenced', 'deleted', 'committed', 'committed'],
      ]);
    });

    test('[H7] an append may have no rows', async () => {
      await using opened = await open();
      const record = await createSample(opened.store);
      const snapshot = { through: 1, stateVersion: 1, body: '{}' };
      const after = await appendSample(opened.store, record, { rows: [], snapshot });
      expect(after.head).toBe(1);
      expect(await opened.store.snapshot(record.key)).toEqual(snapshot);
    });

    test('[H2] rows that do not follow on each other, and a claim without rows, are mistakes', async () => {
      await using opened = await open();
      const record = await createSample(opened.store);
      const gap = sampleAppend(record, { rows: [sampleRow(2)] });
      await expect(opened.store.append(gap)).rejects.toThrow('where one after 1 was due');
      const empty = sampleAppend(record, { rows: [], claim: true });
      await expect(opened.store.append(empty)).rejects.toThrow('claim came without rows');
    });

    test('[H7] what callers change afterwards in their own objects changes nothing in the store', async () => {
      await using opened = await open();
      const metadata = { list: ['a'] };
      const record = await createSample(opened.store, { record: { metadata } });
      metadata.list.push('b');
      expect((await opened.store.get(record.key))?.metadata).toEqual({ list: ['a'] });
    });
  });
}

function never(): never {
  throw new Error('The sample is missing.');
}
