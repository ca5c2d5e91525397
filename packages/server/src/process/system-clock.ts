import { performance } from 'node:perf_hooks';
import type { Clock } from '../session/clock.ts';

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  iso: (ms = Date.now()) => new Date(ms).toISOString(),
  monotonic: () => performance.now(),
  timer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
