import { describe, expect, test } from 'vitest';
import type { SessionQuery, SessionRecord, SessionStore } from '../store/session-store.ts';
import { createSample } from './session-store-samples.ts';
import type { SessionStoreSetup } from './session-store-contract.ts';

const scope = { tenantId: 'tenant' };

export function listContract({ open }: SessionStoreSetup): void {
  describe('listing', () => {
    test('[H2] pages of 10,000 sessions, most of which changed at the same time, show each once in order', async () => {
      await using opened = await open();
      const { store } = opened;
      const made = await Promise.all(
        Array.from({ length: 10_000 }, (_, index) =>
          createSample(store, { id: `s${index}`, record: { updatedAt: time(index % 7) } }),
        ),
      );
      const expected = [...made].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || b.key - a.key);
      const listed: SessionRecord[] = [];
      for (let page = await store.list({ scope, limit: 500 }); page.length > 0; ) {
        listed.push(...page);
        page = await store.list({ scope, limit: 500, after: listed.at(-1) });
      }
      expect(listed.map(({ key }) => key)).toEqual(expected.map(({ key }) => key));
      expect(await store.count({ scope })).toBe(10_000);
    });

    test('[H2] a list shows what its scope lets be seen, and nothing else', async () => {
      await using opened = await open();
      const { store } = opened;
      await createSample(store, { id: 'a', ownerId: 'ann' });
      await createSample(store, { id: 'b', ownerId: 'bob' });
      await createSample(store, { id: 'c', ownerId: 'ann', tenantId: 'other' });
      expect(await ids(store, { scope })).toEqual(['b', 'a']);
      expect(await ids(store, { scope: { ...scope, ownerId: 'ann' } })).toEqual(['a']);
      expect(await ids(store, { scope: { ...scope, sessionIds: ['b', 'c'] } })).toEqual(['b']);
      expect(await ids(store, { scope: { ...scope, sessionIds: [] } })).toEqual([]);
      expect(await ids(store, { scope: { tenantId: 'third' } })).toEqual([]);
      expect(await ids(store, { scope: { ...scope, ownerId: 'ann' }, ids: ['a', 'b', 'c'] })).toEqual(['a']);
    });

    test('[H2] a list is narrowed by activity, archive, tag, metadata and text', async () => {
      await using opened = await open();
      const { store } = opened;
      const tags = ['Red', 'say "hi"', '%'];
      const metadata = { project: 'x', 'odd "key"': 'v', n: 5, nested: { project: 'y' } };
      await createSample(store, { id: 'a', record: { title: 'Über ALLEN', tags, metadata } });
      await createSample(store, { id: 'b', record: { lastText: '100% über', activity: 'running' } });
      await createSample(store, { id: 'c', record: { archived: true, metadata: { project: 'X' } } });
      const found = (query: Partial<SessionQuery>) => ids(store, { scope, ...query });
      expect(await found({ activity: 'running' })).toEqual(['b']);
      expect(await found({ archived: true })).toEqual(['c']);
      expect(await found({ archived: false })).toEqual(['b', 'a']);
      expect(await found({ tag: 'Red' })).toEqual(['a']);
      expect(await found({ tag: 'red' })).toEqual([]);
      expect(await found({ tag: 'say "hi"' })).toEqual(['a']);
      expect(await found({ metadata: { project: 'x' } })).toEqual(['a']);
      expect(await found({ metadata: { project: 'x', 'odd "key"': 'v' } })).toEqual(['a']);
      expect(await found({ metadata: { project: 'y' } })).toEqual([]);
      expect(await found({ metadata: { n: '5' } })).toEqual([]);
      expect(await found({ metadata: { constructor: 'x' } })).toEqual([]);
      expect(await found({ text: 'ÜBER' })).toEqual(['b', 'a']);
      expect(await found({ text: '%' })).toEqual(['b']);
      expect(await found({ text: 'über', activity: 'idle' })).toEqual(['a']);
      expect(await store.count({ scope, text: 'über' })).toBe(2);
    });

    test('[A11] sessions that recovery has to look at are found by their record, in order of their keys', async () => {
      await using opened = await open();
      const { store } = opened;
      const keys: number[] = [];
      for (const [index, unsettled] of [true, false, true, true].entries()) {
        const { key } = await createSample(store, { id: `s${index}`, record: { unsettled } });
        if (unsettled) keys.push(key);
      }
      const found = async (after: number, limit: number) =>
        (await store.unsettled(after, limit)).map(({ key }) => key);
      expect(await found(0, 2)).toEqual(keys.slice(0, 2));
      expect(await found(keys[1] ?? 0, 9)).toEqual(keys.slice(2));
    });
  });
}

const time = (second: number) => `2026-01-01T00:00:0${second}.000Z`;

async function ids(store: SessionStore, query: Omit<SessionQuery, 'limit'>): Promise<string[]> {
  return (await store.list({ ...query, limit: 100 })).map(({ id }) => id);
}
