import type { ClientClock } from '../src/client-clock.ts';

/** A clock that stands still until it is moved. Chance is a seeded sequence, or a constant. */
export interface ManualClock extends ClientClock {
  /** Moves time, running what is due in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Delays of the timers that wait, from now, in order. */
  readonly waiting: readonly number[];
}

export function manualClock(chance: number | (() => number) = 0): ManualClock {
  const timers = new Set<{ at: number; run: () => void }>();
  let now = 0;
  let ids = 0;

  const inOrder = () => [...timers].sort((a, b) => a.at - b.at);

  return {
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    soon: (run) => queueMicrotask(run),
    random: () => (typeof chance === 'number' ? chance : chance()),
    id: () => `id-${++ids}`,
    async advance(ms) {
      const until = now + ms;
      await settled();
      for (;;) {
        const next = inOrder()[0];
        if (next === undefined || next.at > until) break;
        timers.delete(next);
        now = next.at;
        next.run();
        await settled();
      }
      now = until;
    },
    get waiting() {
      return inOrder().map(({ at }) => at - now);
    },
  };
}

/** Lets every promise that can settle without time do so. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  await new Promise<void>((resolve) => setImmediate(resolve));
}
