import { expect, test } from 'vitest';
import { agentOf, hostWorld, until } from '../testing/host-world.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecordingSink } from '../testing/recording-sink.ts';

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

test.each([true, false])(
  '[A15] a deletion of which it is not known whether it was written (%s) is told after relief, if it was',
  async (writesAnyway) => {
    const { host, faults, relieve } = await runningWorld(['one']);
    const { session } = await host.createSession({ id: 'idle' });
    const sink = new RecordingSink();
    const left = new AbortController();
    let end: unknown = 'none';
    const following = session.follow({ from: 'snapshot' }, sink, left.signal).then(
      () => undefined,
      (error: unknown) => {
        end = error;
      },
    );
    await sink.until(() => sink.frames.some(({ live }) => live));
    faults.breakDown({ writesAnyway });
    await expect(session.delete()).rejects.toMatchObject({ code: 'storage-read-only' });
    await relieve();
    if (writesAnyway) {
      await following;
      expect(end).toMatchObject({ code: 'session-deleted' });
    } else {
      await session.update({ title: 'still here' });
      await sink.until(() => sink.events.some((text) => text.includes('still here')));
      expect(end).toBe('none');
    }
    left.abort();
  },
);

test('[H4] the message of a session whose creation was written unknown to all is answered after relief', async () => {
  const { host, faults, relieve } = await runningWorld(['one']);
  faults.breakDown({ writesAnyway: true });
  const creating = host.createSession({ id: 'two', message: 'hello' });
  await expect(creating).rejects.toMatchObject({ code: 'storage-read-only' });
  await relieve();
  await until(async () => (await host.session('two').get()).state.activity === 'running');
});

test('[H4] what was written without anyone hearing of it is shown after relief to those who follow', async () => {
  const { host, faults, relieve } = await runningWorld(['one']);
  const { session } = await host.createSession({ id: 'idle' });
  const sink = new RecordingSink();
  const left = new AbortController();
  const following = session.follow({ from: 'snapshot' }, sink, left.signal);
  await sink.until(() => sink.frames.some(({ live }) => live));
  faults.breakDown({ writesAnyway: true });
  await expect(session.update({ title: 'unheard' })).rejects.toMatchObject({ code: 'storage-read-only' });
  await relieve();
  await sink.until(() => sink.events.some((text) => text.includes('unheard')));
  left.abort();
  await following;
});
