import { promisify } from 'node:util';

interface Timers {
  /** Timers that were set and have neither run nor been called off. */
  count(): number;
  /** Of them, those that keep the process alive. */
  countOfReferenced(): number;
  /** How long they were set for. */
  detail(): readonly number[];
}

/** The sweep of a hub's rings: it runs once a minute while there are any, and for a minute after. */
const RING_SWEEP_MS = 60_000;

/** Counts the timers that are set from now on, but for the one sweep of the rings, which comes and goes by itself. */
export function countTimers(): Timers {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const live = new Map<NodeJS.Timeout, number>();

  const countedTimeout = (run: (...given: unknown[]) => void, ms = 1, ...given: unknown[]) => {
    const timer: NodeJS.Timeout = setTimeout(() => {
      live.delete(timer);
      run(...given);
    }, ms);
    live.set(timer, ms);
    return timer;
  };
  const promised = Object.getOwnPropertyDescriptor(setTimeout, promisify.custom) ?? {};
  globalThis.setTimeout = Object.defineProperty(
    countedTimeout,
    promisify.custom,
    promised,
  ) as typeof setTimeout;
  const countedInterval = (run: (...given: unknown[]) => void, ms = 1, ...given: unknown[]) => {
    const timer: NodeJS.Timeout = setInterval(() => run(...given), ms);
    live.set(timer, ms);
    return timer;
  };
  globalThis.setInterval = countedInterval as typeof setInterval;
  globalThis.clearTimeout = (timer) => {
    live.delete(timer as NodeJS.Timeout);
    clearTimeout(timer);
  };
  globalThis.clearInterval = (timer) => {
    live.delete(timer as NodeJS.Timeout);
    clearInterval(timer);
  };

  const counted = () => {
    const timers = [...live];
    const sweep = timers.findIndex(([, ms]) => ms === RING_SWEEP_MS);
    return sweep === -1 ? timers : timers.toSpliced(sweep, 1);
  };
  return {
    count: () => counted().length,
    countOfReferenced: () => [...live.keys()].filter((timer) => timer.hasRef()).length,
    detail: () => counted().map(([, ms]) => ms),
  };
}
