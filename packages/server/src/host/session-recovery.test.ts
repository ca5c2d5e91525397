import { PerdureError } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { systemPrincipal } from '../access/system-principal.ts';
import type { SessionStore } from '../store/session-store.ts';
import { hostWorld, until, withCalls } from '../testing/host-world.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { baseNewer } from './host-errors.ts';

const unreadable = new PerdureError('storage-unreadable', 'The disk does not answer.');

type Read = 'unsettled' | 'snapshot' | 'find';

/** A store of which one read fails as long as `failure` says. */
function refusing(store: SessionStore, read: Read, failure: () => Error | undefined): SessionStore {
  const refuse = () => {
    const error = failure();
    if (error !== undefined) throw error;
  };
  const calls = {
    unsettled: async (...args: Parameters<SessionStore['unsettled']>) => {
      refuse();
      return store.unsettled(...args);
    },
    snapshot: async (...args: Parameters<SessionStore['snapshot']>) => {
      refuse();
      return store.snapshot(...args);
    },
    find: async (...args: Parameters<SessionStore['find']>) => {
      refuse();
      return store.find(...args);
    },
  };
  return withCalls(store, { [read]: calls[read] });
}

/** A world in which a run is open, and whose store then refuses a read so many times. */
async function openRun(read: Read, error: PerdureError, failures: number) {
  const clock = new ManualClock();
  let isFailing = false;
  let tries = 0;
  const failure = () => {
    if (!isFailing) return undefined;
    tries += 1;
    return tries <= failures ? error : undefined;
  };
  const world = await hostWorld({ clock, wrap: (store) => refusing(store, read, failure) });
  const { session } = await world.host.createSession({ id: 'one' });
  const { runId = '' } = await session.submit({ content: 'hello' });
  await world.script.says('half ');
  return {
    ...world,
    clock,
    tries: () => tries,
    fail: () => {
      isFailing = true;
    },
    /** As the store itself has it: asking a host would recover it. */
    isInterrupted: async () => {
      const record = await world.inner.find(systemPrincipal.tenantId, 'one');
      return (record && (await world.inner.run(record.key, runId)))?.status === 'interrupted';
    },
  };
}

test.each(['unsettled', 'snapshot'] as const)(
  '[D7] a run that a crash cut off ends though `%s` cannot be read at the start, as soon as it can',
  async (read) => {
    const world = await openRun(read, unreadable, 3);
    const { restart, clock, fail, tries, isInterrupted } = world;
    fail();
    const startMs = clock.monotonic();
    restart().start();
    await until(() => {
      clock.advance(100);
      return isInterrupted();
    });
    expect(tries()).toBeGreaterThan(3);
    expect(clock.monotonic() - startMs).toBeGreaterThanOrEqual(500 + 1_000 + 2_000);
  },
);

test.each([
  ['is damaged', new PerdureError('storage-damaged', 'It is damaged.')],
  ['was written by a newer release', baseNewer('one')],
])('[H8] a session that %s is given up at once, and the others are recovered', async (_how, error) => {
  const world = await openRun('snapshot', error, 1);
  const { host, restart, clock, fail, tries, isInterrupted, inner } = world;
  await (await host.createSession({ id: 'two' })).session.submit({ content: 'hello' });
  const found = async () => inner.find(systemPrincipal.tenantId, 'two');
  await until(async () => (await found())?.activity === 'running'); // what only waits would begin anew
  fail();
  restart().start();
  const two = async () => (await found())?.unsettled === false;
  await until(two);
  for (let count = 0; count < 100; count += 1) {
    clock.advance(1_000);
    await new Promise(setImmediate);
  }
  expect([tries(), await isInterrupted()]).toEqual([2, false]);
});

test('[D6] a host that stops while it waits for a disk to be read ends at once', async () => {
  const world = await openRun('unsettled', unreadable, Number.POSITIVE_INFINITY);
  const { restart, fail, tries } = world;
  fail();
  const host = restart();
  host.start();
  await until(() => tries() === 1);
  await host.shutdown({ deadlineMs: 60_000 });
  expect(tries()).toBe(1);
});

test('[H4] what a failing disk cut off ends after relief, also where it cannot be read at first', async () => {
  const world = await openRun('find', unreadable, 2);
  const { host, faults, clock, fail, isInterrupted } = world;
  faults.breakDown({ writesAnyway: true });
  await expect(host.createSession({ id: 'two' })).rejects.toMatchObject({ code: 'storage-read-only' });
  fail();
  faults.repair();
  await until(() => {
    clock.advance(100);
    return isInterrupted();
  });
});
