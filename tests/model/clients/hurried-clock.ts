import type { ClientClock } from '@perdure/client';

/** Waits of up to so long are those between two tries; longer ones are for what does not answer. */
const LONGEST_HURRIED_MS = 1_000;
const HURRY = 20;

/** Comes back at once, or nearly: how long clients wait between two tries is proven elsewhere. */
export const hurriedClock: ClientClock = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms <= LONGEST_HURRIED_MS ? ms / HURRY : ms);
    return () => clearTimeout(timer);
  },
  soon: queueMicrotask,
  random: () => 0,
  id: () => crypto.randomUUID(),
};
