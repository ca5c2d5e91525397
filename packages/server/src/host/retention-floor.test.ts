import { expect, test } from 'vitest';
import { scriptedAgent } from '../environment/scripted-agent.ts';
import { createScriptController } from '../environment/script-controller.ts';
import { MemorySessionStore } from '../store/memory-session-store.ts';
import { hostWorld } from '../testing/host-world.ts';
import { localHost } from '../testing/local-host.ts';
import type { SessionHandle } from './session-handle.ts';

const KEPT = 20;
const retention = { keepEvents: KEPT };

test('[C12] of a session that always has something to do, no more is kept than of one that rests', async () => {
  await using world = await hostWorld({ retention });
  const { host, script, inner } = world;
  const { session } = await host.createSession({ id: 'one' });
  const lengthOf = async () => {
    const record = await inner.find('default', 'one');
    return (record?.head ?? 0) - (record?.floor ?? 0);
  };
  let open = (await session.submit({ content: 'first' })).runId ?? '';
  let saidByRun = 0;
  for (let run = 0; run < 10; run += 1) {
    const before = await lengthOf();
    const next = (await session.submit({ content: 'next' })).runId ?? '';
    for (let count = 0; count < 30; count += 1) await script.says('x ');
    await script.ends();
    await session.run({ runId: open, wait: 10 });
    open = next;
    if (run === 0) saidByRun = (await lengthOf()) - before;
    expect(await lengthOf()).toBeLessThanOrEqual(2 * KEPT + saidByRun);
  }
  expect((await session.get()).state.runs.at(-1)?.status).toBe('running');
  await script.ends();
  await session.run({ runId: open, wait: 10 });
});

test('[C12] retention that is turned on later makes room in a log that is full, and without it the log stays so', async () => {
  const sessionLogBytes = 40_000;
  const store = new MemorySessionStore({ sessionLogBytes });
  await store.open();
  const logBytes = async () => (await store.find('default', 'one'))?.logBytes ?? 0;
  const agents = { writer: scriptedAgent(createScriptController().script) };
  const full = { code: 'limit-exceeded' };
  const { host: whole } = localHost({ store, agents, limits: {} });
  const { session } = await whole.createSession({ id: 'one' });
  let refusal: unknown;
  for (let count = 0; refusal === undefined; count += 1) {
    await session.update({ title: `${count}` }).catch((error: unknown) => {
      refusal = error;
    });
  }
  expect(refusal).toMatchObject(full);
  await whole.shutdown({ deadlineMs: 2_000 });
  const { host: again } = localHost({ store, agents, limits: {} });
  await expect(again.session('one').update({ title: 'still full' })).rejects.toMatchObject(full);
  await again.shutdown({ deadlineMs: 2_000 });
  const wasBytes = await logBytes();
  const { host } = localHost({ store, agents, limits: {}, retention });
  await host.session('one').update({ title: 'there is room' });
  expect(await logBytes()).toBeLessThan(wasBytes / 2);
  for (let count = 0; count < 500; count += 1) await host.session('one').update({ title: `${count}` });
  expect(await logBytes()).toBeLessThan(wasBytes);
  await host.shutdown({ deadlineMs: 2_000 });
});

test.each([
  ['', false],
  [', each after an orderly unload', true],
])(
  '[C12] three crashes in a row hold the queue, though each run says more than is kept%s',
  async (_, unloads) => {
    await using world = await hostWorld({ retention });
    const { host, restart, script } = world;
    const { session } = await host.createSession({ id: 'one' });
    const talk = async (revived: SessionHandle) => {
      await revived.submit({ content: 'kills the server' });
      for (let count = 0; count < 30; count += 1) {
        await script.says('boom ');
        await script.usesTool({ name: 'search', input: {}, id: `call ${Math.random()}` });
      }
    };
    await talk(session);
    const held: unknown[] = [];
    for (let crash = 0; crash < 3; crash += 1) {
      const revived = restart();
      await revived.loadSession('one');
      const handle = revived.session('one');
      held.push((await handle.get()).state.held);
      if (crash === 2) break;
      if (unloads) {
        for (let count = 0; count < 3 * KEPT; count += 1) await handle.update({ title: `${count}` });
        await revived.unloadSession('one');
      }
      await talk(handle);
    }
    expect(held).toEqual([null, null, 'crashes']);
    expect((await world.inner.find('default', 'one'))?.floor).toBeGreaterThan(0);
  },
);
