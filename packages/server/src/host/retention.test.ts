import { formatCursor } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { agentOf, type HostWorld, hostWorld, withCalls } from '../testing/host-world.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import type { SessionStore } from '../store/session-store.ts';
import { loadState } from './load-state.ts';
import type { SessionHandle } from './session-handle.ts';

const retention = { keepEvents: 20 };

/** Updates until events are not kept any more; answers with the floor. */
async function outgrow({ inner }: HostWorld, session: SessionHandle): Promise<number> {
  for (let floor = 0; ; floor = (await inner.find('default', 'one'))?.floor ?? 0) {
    if (floor > 0) return floor;
    await session.update({ title: `${Math.random()}` });
  }
}

async function keyOf({ inner }: HostWorld): Promise<number> {
  return (await inner.find('default', 'one'))?.key ?? 0;
}

const seqsOf = (page: { readonly items: readonly { readonly seq: number }[] }) =>
  page.items.map(({ seq }) => seq);

test('[C12] a log that has grown to twice what is kept loses its beginning, and its state nothing', async () => {
  await using world = await hostWorld({ retention });
  const { session } = await world.host.createSession({ id: 'one', tags: ['a'], metadata: { b: 1 } });
  const floor = await outgrow(world, session);
  expect(floor).toBe(21);
  const before = await session.get();
  expect(before.cursor).toMatch(/\.41$/);
  await world.host.unloadSession('one');
  expect(await session.get()).toEqual(before);
  await session.update({ title: 'after' });
  expect((await session.get()).state).toEqual({
    ...before.state,
    title: 'after',
    updatedAt: expect.any(String),
  });
  expect((await world.inner.find('default', 'one'))?.floor).toBe(21);
});

test('[C12] pages begin at the floor and end there; a cursor below it is told so, one that is kept goes on', async () => {
  await using world = await hostWorld({ retention });
  const { session } = await world.host.createSession({ id: 'one' });
  const first = await session.events({ limit: 2 });
  const floor = await outgrow(world, session);
  const kept = Array.from({ length: 20 }, (_, index) => floor + 1 + index);
  expect(seqsOf(await session.events({ limit: 100 }))).toEqual(kept);
  expect(seqsOf(await session.events({ limit: 100, order: 'desc' }))).toEqual(kept.toReversed());
  const typed = await session.events({ limit: 100, types: ['session:created', 'session:updated'] });
  expect(seqsOf(typed)).toEqual(kept);
  const [epoch = 0] = (await session.get()).cursor.split('.').map(Number);
  const lost = { code: 'invalid-cursor', details: { reason: 'retention' } };
  for (const seq of [1, floor - 1]) {
    const cursor = formatCursor({ epoch, seq });
    await expect(session.events({ cursor })).rejects.toMatchObject(lost);
    await expect(session.events({ after: cursor })).rejects.toMatchObject(lost);
    expect(await session.events({ cursor, order: 'desc' })).toEqual({ items: [], nextCursor: null });
  }
  await expect(session.events({ cursor: '0.0' })).rejects.toMatchObject(lost);
  expect(first.nextCursor).toBeNull();
  const from = (seq: number) => session.events({ cursor: formatCursor({ epoch, seq }), limit: 100 });
  expect(seqsOf(await from(floor))).toEqual(kept);
  expect(seqsOf(await from(floor + 3))).toEqual(kept.slice(3));
});

test('[C12] a page that the floor overtakes while it is read leaves nothing out unsaid', async () => {
  let onScan: (() => Promise<void>) | undefined;
  await using world = await hostWorld({
    retention,
    wrap: (store) =>
      withCalls(store, {
        scan: async (key, scan) => {
          const going = onScan;
          onScan = undefined;
          await going?.();
          return store.scan(key, scan);
        },
      }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  await session.update({ title: 'two' });
  const [epoch = 0] = (await session.get()).cursor.split('.').map(Number);
  onScan = async () => void (await outgrow(world, session));
  await expect(session.events({ cursor: formatCursor({ epoch, seq: 1 }) })).rejects.toMatchObject({
    code: 'invalid-cursor',
    details: { reason: 'retention' },
  });
  onScan = async () => {
    for (let count = 0; count < 30; count += 1) await session.update({ title: `${count}` });
  };
  const [first] = seqsOf(await session.events({}));
  expect(first).toBe(((await world.inner.find('default', 'one'))?.floor ?? 0) + 1);
});

test('[C12][D5] each old cursor is answered with the state and the reason, each kept one gone on from', async () => {
  await using world = await hostWorld({ retention });
  const { session } = await world.host.createSession({ id: 'one' });
  const floor = await outgrow(world, session);
  const { cursor, state } = await session.get();
  const [epoch = 0, head = 0] = cursor.split('.').map(Number);
  // Nothing in its rings, as after a restart.
  await world.host.shutdown({ deadlineMs: 2_000 });
  const host = world.restart();
  const anew = await host.loadSession('one');
  for (const lastEventId of ['0.0', `${epoch}.1`, `${epoch}.${floor - 1}`]) {
    const sink = new RecordingSink();
    const left = new AbortController();
    const following = anew.follow({ lastEventId }, sink, left.signal);
    await sink.until(() => sink.frames.length > 0);
    expect(sink.frames).toEqual([{ kind: 'snapshot', reason: 'retention', cursor, state, live: true }]);
    left.abort();
    await following;
  }
  for (let seq = floor; seq <= head; seq += 1) {
    const sink = new RecordingSink();
    const left = new AbortController();
    const following = anew.follow({ lastEventId: `${epoch}.${seq}` }, sink, left.signal);
    await sink.until(() => sink.frames.at(-1)?.live === true);
    expect(sink.frames.map(({ kind }) => kind)).toEqual(['events']);
    expect(sink.events).toHaveLength(head - seq);
    left.abort();
    await following;
  }
});

test('[C12] without its base, or with one of another release, a log has no state: that is told, and nothing is made up', async () => {
  let damage: 'gone' | 'newer' | undefined;
  await using world = await hostWorld({
    retention,
    wrap: (store) =>
      withCalls(store, {
        snapshot: async (key) => {
          const found = await store.snapshot(key);
          if (damage === 'gone') return undefined;
          return found === undefined || damage === undefined ? found : { ...found, stateVersion: 99 };
        },
      }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  await outgrow(world, session);
  const before = await session.get();
  await world.host.unloadSession('one');
  for (const [what, code] of [
    ['gone', 'storage-damaged'],
    ['newer', 'storage-unreadable'],
  ] as const) {
    damage = what;
    await expect(session.get()).rejects.toMatchObject({ code });
    await expect(session.update({ title: 'lost' })).rejects.toMatchObject({ code });
  }
  damage = undefined;
  expect(await session.get()).toEqual(before);
});

test('[C12] a state whose log loses its beginning while it is read is that of the log as it is then', async () => {
  await using world = await hostWorld({ retention });
  const { session } = await world.host.createSession({ id: 'one' });
  for (const at of ['snapshot', 'read'] as const) {
    const record = await world.inner.get(await keyOf(world));
    if (record === undefined) throw new Error('The session is gone.');
    let isDue = true;
    const overtaken = async () => {
      if (!isDue) return;
      isDue = false;
      for (let count = 0; count < 50; count += 1) await session.update({ title: `${at} ${count}` });
    };
    const store: SessionStore = withCalls(world.inner, {
      [at]: async (...given: [never, never, never]) => {
        await overtaken();
        return world.inner[at](...given);
      },
    });
    const loaded = await loadState(store, { ...record });
    expect(loaded.record).toEqual(await world.inner.get(record.key));
    const { cursor, state } = await session.get();
    expect(formatCursor({ epoch: loaded.record.epoch, seq: loaded.state.through })).toBe(cursor);
    expect(loaded.state.toSnapshot().state).toEqual(state);
  }
});

test('[C12] an agent is given what people still see, though its events are gone', async () => {
  const given: (string | undefined)[][] = [];
  await using world = await hostWorld({
    retention,
    agent: agentOf({
      run: async (turn) => {
        given.push((await turn.history()).map(({ id }) => id));
        return { status: 'completed' };
      },
    }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  for (let count = 0; count < 20; count += 1) {
    const { runId = '' } = await session.submit({ content: `${count}` });
    await session.run({ runId, wait: 5 });
  }
  expect((await world.inner.find('default', 'one'))?.floor).toBeGreaterThan(0);
  expect(given.map(({ length }) => length)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  const shown = (await session.get()).state.conversations['main']?.blocks.map(({ id }) => id);
  expect(given.at(-1)).toEqual(shown);
  const kept = await session.blocks({ limit: 100 });
  expect(kept.items.length).toBeLessThan(20);
});
