import { expect, test } from 'vitest';
import { hostWorld, until, withCalls } from '../testing/host-world.ts';
import { systemPrincipal } from '../access/system-principal.ts';
import { loadState } from './load-state.ts';

test('[H8] a damaged first row costs nothing that the record knows, and the next append does not forget it', async () => {
  let isDamaged = false;
  await using world = await hostWorld({
    wrap: (store) =>
      withCalls(store, {
        read: async (key, after, maxBytes) => {
          const page = await store.read(key, after, maxBytes);
          if (!isDamaged) return page;
          return { ...page, rows: page.rows.map((row) => (row.after === 0 ? { ...row, body: null } : row)) };
        },
      }),
  });
  const { session } = await world.host.createSession({
    id: 'one',
    title: 'Kept',
    tags: ['a'],
    metadata: { b: 1 },
  });
  await world.host.unloadSession('one');
  isDamaged = true;
  await session.holdQueue({});
  const kept = { title: 'Kept', tags: ['a'], metadata: { b: 1 }, agent: 'writer', ownerId: 'system' };
  expect((await session.get()).state).toMatchObject(kept);
  expect(await session.item()).toMatchObject(kept);
});

test('[C4][H8] blocks in pages are those of the fold, also where an empty one was dropped', async () => {
  await using world = await hostWorld();
  const { session } = await world.host.createSession({ id: 'one' });
  const { runId = '' } = await session.submit({ content: 'hello' });
  const silent = { id: 'silent', type: 'assistant_text', status: 'pending', content: '' } as const;
  await world.script.does({ emit: { type: 'block:start', payload: { block: silent } } });
  await world.script.does({ block: { type: 'error', message: 'complete before it is dropped' } });
  await world.script.usesTool({ name: 'search', input: {} });
  await world.script.ends();
  await session.run({ runId, wait: 5 });
  const { conversations } = (await session.get()).state;
  const page = await session.blocks({ order: 'asc' });
  expect(page.items).toEqual(conversations['main']?.blocks);
  expect(page.items.map(({ type }) => type)).toEqual(['user_message', 'error', 'tool_use', 'tool_result']);
});

test('[H8] a message whose delivery cannot be read any more is not delivered twice', async () => {
  const isDelivery = ({ type }: { readonly type: string }) => type === 'message:delivered';
  await using world = await hostWorld({
    wrap: (store) =>
      withCalls(store, {
        read: async (key, after, maxBytes) => {
          const page = await store.read(key, after, maxBytes);
          return { ...page, rows: page.rows.map((row) => (isDelivery(row) ? { ...row, body: null } : row)) };
        },
      }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  const first = await session.submit({ content: 'first' });
  await world.script.ends();
  await session.run({ runId: first.runId ?? '', wait: 5 });
  await world.host.unloadSession('one');
  const second = await session.submit({ content: 'second' });
  await world.script.ends();
  expect(await session.run({ runId: second.runId ?? '', wait: 3 })).toMatchObject({ status: 'completed' });
  const { items } = await session.events({ types: ['run:started'] });
  expect(items.map(({ runId }) => runId)).toEqual([first.runId, second.runId]);
});

test('[A15] a session that is deleted while its state is read has none, rather than an empty one', async () => {
  let isDeleted = false;
  await using world = await hostWorld({
    wrap: (store) =>
      withCalls(store, {
        read: async (key, after, maxBytes) => {
          if (isDeleted) await store.remove(key);
          return store.read(key, after, maxBytes);
        },
      }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  await world.host.unloadSession('one');
  isDeleted = true;
  await expect(session.get()).rejects.toMatchObject({ code: 'session-deleted' });
});

test('[A13] a state is read anew whose record ends in deltas that were taken out since', async () => {
  await using world = await hostWorld();
  const { host, inner, script } = world;
  const { session } = await host.createSession({ id: 'one' });
  const { runId = '' } = await session.submit({ content: 'hello' });
  await script.says('half ');
  const find = () => inner.find(systemPrincipal.tenantId, 'one');
  await until(async () => ((await session.get()).state.conversations['main']?.blocks.length ?? 0) > 1);
  const before = await find();
  if (before === undefined) throw new Error('It is there.');
  await script.says('whole');
  await script.ends();
  await session.run({ runId, wait: 5 });
  await until(async () =>
    (await inner.read(before.key, 0, 1e6)).rows.every(({ type }) => type !== 'block:delta'),
  );
  const { record, state } = await loadState(inner, before);
  expect(record.head).toBeGreaterThan(before.head);
  expect(state.current).toEqual((await session.get()).state);
});
