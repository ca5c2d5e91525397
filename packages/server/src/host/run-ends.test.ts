import { expect, test } from 'vitest';
import { agentOf, hostWorld, until } from '../testing/host-world.ts';
import { ManualClock } from '../testing/manual-clock.ts';

/** Nothing that a wait needs comes from the clock here: what resolves was told. */
async function heldRun() {
  const clock = new ManualClock();
  const world = await hostWorld({ clock, agent: agentOf({ run: () => new Promise(() => undefined) }) });
  const { session } = await world.host.createSession({ id: 'one' });
  const first = await session.submit({ content: 'first' });
  await until(async () => (await session.get()).state.activity === 'running');
  const second = await session.submit({ content: 'second' });
  return { ...world, clock, session, first: first.runId ?? '', second: second.runId ?? '' };
}

test('[J15] who waits for a run that is queued hears of its end after the session was unloaded and loaded again', async () => {
  const { host, session, second, clock } = await heldRun();
  await session.holdQueue({});
  const timersBefore = clock.pending;
  const waiting = session.run({ runId: second, wait: 60 });
  await new Promise(setImmediate);
  await host.unloadSession('one');
  await session.interrupt({ runId: second });
  expect(await waiting).toMatchObject({ status: 'cancelled' });
  expect(clock.pending).toBe(timersBefore);
});

test('[J15] who waits for a run hears that the next owner in this process ended it', async () => {
  const { host, session, first, faults } = await heldRun();
  const waiting = session.run({ runId: first, wait: 60 });
  await new Promise(setImmediate);
  faults.fence();
  await session.update({ title: 'reads the session anew' });
  expect(await waiting).toMatchObject({ status: 'interrupted' });
  expect(await host.isHealthy()).toBe(true);
});

test('[J15] waiting is a read: it makes no actor, and ends with its time, its signal or the session', async () => {
  const { host, session, second, clock } = await heldRun();
  await session.holdQueue({});
  await host.unloadSession('one');
  const left = new AbortController();
  const timersBefore = clock.pending;
  const waits = [
    session.run({ runId: second, wait: 1 }),
    session.run({ runId: second, wait: 60 }, left.signal),
    session.run({ runId: second, wait: 60 }),
  ];
  await new Promise(setImmediate);
  expect(await host.isSessionLoaded('one')).toBe(false);
  clock.advance(1_000);
  left.abort();
  expect(await Promise.all(waits.slice(0, 2))).toMatchObject([{ status: 'queued' }, { status: 'queued' }]);
  await session.delete();
  await expect(waits[2]).rejects.toMatchObject({ code: 'session-deleted' });
  expect(clock.pending).toBe(timersBefore);
});

test('[A13] a shutdown leaves nobody waiting', async () => {
  const { host, session, first, second, clock } = await heldRun();
  const timersBefore = clock.pending;
  const waits = [first, second].map((runId) => session.run({ runId, wait: 60 }));
  await new Promise(setImmediate);
  const stopping = host.shutdown({ deadlineMs: 5_000 });
  clock.advance(0); // no grace
  await stopping;
  expect(await Promise.all(waits)).toMatchObject([{ status: 'interrupted' }, { status: 'queued' }]);
  expect(clock.pending).toBe(timersBefore);
});
