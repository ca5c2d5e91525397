import type { ClientClock } from '@perdure/client';

/** The least that a client waits before it tries again. */
const SHORTEST_WAIT_MS = 500;

/** Enough that a server that is down is not asked all the time. */
const EAGER_WAIT_MS = 20;

/** Comes back soon: the waits between two tries are proven elsewhere. */
export const eagerClock: ClientClock = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms === SHORTEST_WAIT_MS ? EAGER_WAIT_MS : ms);
    return () => clearTimeout(timer);
  },
  soon: queueMicrotask,
  random: () => 0,
  id: () => crypto.randomUUID(),
};
