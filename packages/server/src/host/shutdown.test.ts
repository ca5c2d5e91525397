import { expect, test } from 'vitest';
import { agentOf, hostWorld, until, withCalls } from '../testing/host-world.ts';
import { ManualClock } from '../testing/manual-clock.ts';

test('[A9] while the host drains nothing new is taken, and nothing is loaded afterwards', async () => {
  await using world = await hostWorld();
  const { host } = world;
  const { session } = await host.createSession({ id: 'one' });
  const { runId = '' } = await session.submit({ content: 'hello' });
  await world.script.ends();
  await session.run({ runId, wait: 10 });
  await host.unloadSession('one');
  await host.shutdown({ deadlineMs: 1_000 });
  const refused = { code: 'shutting-down' };
  await expect(host.createSession({ message: 'hello' })).rejects.toMatchObject(refused);
  await expect(host.loadSession('one')).rejects.toMatchObject(refused);
  await expect(session.submit({ content: 'late' })).rejects.toMatchObject(refused);
  await expect(session.interrupt({ runId })).rejects.toMatchObject(refused);
  await expect(session.delete()).rejects.toMatchObject(refused);
  expect(await session.run({ runId })).toMatchObject({ status: 'completed' });
  expect(await host.getLoadedSessionIds()).toEqual([]);
});

test('[A9] a session that is being read when the shutdown begins is not taken in, and starts nothing', async () => {
  const gate = Promise.withResolvers<void>();
  const reading = Promise.withResolvers<void>();
  let isHeld = false;
  let starts = 0;
  await using world = await hostWorld({
    agent: agentOf({
      start: async () => {
        starts += 1;
      },
    }),
    wrap: (store) =>
      withCalls(store, {
        snapshot: async (key) => {
          if (isHeld) {
            reading.resolve();
            await gate.promise;
          }
          return store.snapshot(key);
        },
      }),
  });
  const { host } = world;
  const { session } = await host.createSession({ id: 'one' });
  await session.holdQueue({});
  await host.unloadSession('one');
  isHeld = true;
  const submitting = session.submit({ content: 'hello' });
  await reading.promise;
  const stopping = host.shutdown({ deadlineMs: 1_000 });
  gate.resolve();
  await expect(submitting).rejects.toMatchObject({ code: 'shutting-down' });
  await stopping;
  expect(await host.getLoadedSessionIds()).toEqual([]);
  expect(starts).toBe(0);
});

test('[A23] a session that cannot be closed does not keep the others from it', async () => {
  const agent = agentOf({
    run: () => new Promise(() => undefined),
    stop: () => {
      throw new Error('the environment is beyond help');
    },
  });
  await using world = await hostWorld({ agent });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  await until(async () => (await session.get()).state.activity === 'running');
  await world.host.shutdown({ deadlineMs: 1_000 });
  expect(await session.run({ runId })).toMatchObject({ status: 'interrupted' });
});

test('[A9] the grace of the runs is part of the deadline', async () => {
  const clock = new ManualClock();
  const agent = agentOf({
    run: () => new Promise(() => undefined),
    stop: () => new Promise(() => undefined),
  });
  const world = await hostWorld({ agent, clock, runGraceMs: 3_000, times: { stopMs: 60_000 } });
  const { session } = await world.host.createSession({});
  await session.submit({ content: 'hello' });
  await until(async () => (await session.get()).state.activity === 'running');
  let isDone = false;
  const stopping = world.host.shutdown({ deadlineMs: 5_000 }).then(() => {
    isDone = true;
  });
  clock.advance(3_000);
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  expect(isDone).toBe(false);
  clock.advance(2_000);
  await stopping;
  expect(await world.host.getLoadedSessionIds()).toEqual([]);
});

test('[A9] a deadline shorter than the grace leaves time to end the runs by an event', async () => {
  const clock = new ManualClock();
  const agent = agentOf({ run: () => new Promise(() => undefined) });
  await using world = await hostWorld({ agent, clock, runGraceMs: 5_000 });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  await until(async () => (await session.get()).state.activity === 'running');
  const stopping = world.host.shutdown({ deadlineMs: 1_000 });
  clock.advance(500);
  await stopping;
  expect(await session.run({ runId })).toMatchObject({ status: 'interrupted' });
});
