import { expect, test } from 'vitest';
import { agentOf, hostWorld, until } from '../testing/host-world.ts';
import { ManualClock } from '../testing/manual-clock.ts';

const hanging = agentOf({ run: () => new Promise(() => undefined) });

async function runningWorld(ids: readonly string[]) {
  const clock = new ManualClock();
  const world = await hostWorld({ agent: hanging, clock });
  const sessions = await Promise.all(
    ids.map(async (id) => {
      const { session } = await world.host.createSession({ id });
      const { runId = '' } = await session.submit({ content: 'hello' });
      await until(async () => (await session.get()).state.activity === 'running');
      return { session, runId };
    }),
  );
  const relieve = async () => {
    world.faults.repair();
    await until(() => {
      clock.advance(250);
      return world.host.isHealthy();
    });
  };
  return { ...world, clock, sessions, relieve };
}

test('[H4] after relief every run that was cut off ends as such, whatever becomes of the others', async () => {
  const { host, faults, sessions, relieve, clock } = await runningWorld(['one', 'two', 'three']);
  faults.breakDown();
  await expect(host.createSession({})).rejects.toMatchObject({ code: 'storage-read-only' });
  faults.fence(1); // of the first that is read anew: someone else has it
  await relieve();
  await until(async () => {
    const runs = await Promise.all(sessions.map(({ session, runId }) => session.run({ runId })));
    return runs.filter((run) => run.status === 'interrupted').length === 2;
  });
  clock.advance(60_000);
  expect(await host.isHealthy()).toBe(true);
});

test('[H4] a second failure during the relief loses none of those that were cut off', async () => {
  const { host, faults, sessions, relieve, clock } = await runningWorld(['one', 'two', 'three']);
  faults.breakDown();
  await expect(host.createSession({})).rejects.toMatchObject({ code: 'storage-read-only' });
  faults.repair();
  const release = faults.hold();
  clock.advance(250);
  await until(() => host.isHealthy());
  faults.breakDown(); // the recovery of the first session waits for the disk, and will not get it
  release();
  await until(async () => !(await host.isHealthy()));
  await relieve();
  await until(async () => {
    const runs = await Promise.all(sessions.map(({ session, runId }) => session.run({ runId })));
    return runs.every((run) => run.status === 'interrupted');
  });
  for (const { session } of sessions) {
    const { items } = await session.events({ types: ['run:interrupted'] });
    expect(items).toMatchObject([{ payload: { reason: 'store' } }]);
  }
});

test('[H4] a session that a command reads anew before the relief comes to it was cut off by the store', async () => {
  const { host, faults, sessions, clock } = await runningWorld(['one', 'two']);
  faults.breakDown();
  await expect(host.createSession({})).rejects.toMatchObject({ code: 'storage-read-only' });
  faults.repair();
  const release = faults.hold();
  clock.advance(250);
  await until(() => host.isHealthy());
  const last = sessions.at(-1)?.session;
  const update = last?.update({ title: 'at once' });
  await new Promise(setImmediate);
  release();
  await update;
  const page = await last?.events({ types: ['run:interrupted'] });
  expect(page?.items).toMatchObject([{ payload: { reason: 'store' } }]);
});

test('an interrupt while nothing can be written tells what is true of the run', async () => {
  const { host, faults, sessions } = await runningWorld(['one']);
  const [one] = sessions;
  const queued = await one?.session.submit({ content: 'next' });
  faults.breakDown();
  await expect(host.createSession({})).rejects.toMatchObject({ code: 'storage-read-only' });
  const interrupt = (runId = '') => one?.session.interrupt({ runId });
  expect(await interrupt(one?.runId)).toMatchObject({ duplicate: false });
  await expect(interrupt('nope')).rejects.toMatchObject({ code: 'run-not-found' });
  await expect(interrupt(queued?.runId)).rejects.toMatchObject({ code: 'storage-read-only' });
});

test('[H4] a deletion that the disk refuses makes the host read-only like any other write', async () => {
  const { host, faults, sessions } = await runningWorld(['one']);
  faults.breakDown();
  await expect(sessions[0]?.session.delete()).rejects.toMatchObject({ code: 'storage-read-only' });
  await expect(host.createSession({})).rejects.toMatchObject({ code: 'storage-read-only' });
  expect((await sessions[0]?.session.get())?.state.activity).toBe('running');
});
