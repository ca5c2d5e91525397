import type { ClientClock } from '../../../packages/client-sdk/src/client-clock.ts';
import type { Clock } from '../../../packages/server/src/session/clock.ts';
import type { IdSource } from '../../../packages/server/src/session/id-source.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SimProcess } from './sim-process.ts';
import type { VirtualTime } from './virtual-time.ts';

const START_MS = Date.UTC(2026, 0, 1);

/** Time as a server process sees it. */
export function serverClock(time: VirtualTime, process: SimProcess): Clock {
  const now = () => START_MS + Math.floor(time.nowMs) + process.wallOffsetMs;
  return {
    now,
    iso: (ms = now()) => new Date(ms).toISOString(),
    monotonic: () => time.nowMs,
    timer: (delayMs, callback) => time.timer(delayMs, process, callback),
  };
}

/** Time and chance as a client process sees them. */
export function clientClock(time: VirtualTime, process: SimProcess, random: SeededRandom): ClientClock {
  return {
    after: (ms, run) => time.timer(ms, process, run),
    soon: (run) => {
      queueMicrotask(() => {
        if (process.isAlive) run();
      });
    },
    random: random.next,
    id: () => idOf(random),
  };
}

export function idSource(random: SeededRandom): IdSource {
  return { id: () => idOf(random), random: random.next };
}

/** 64 bits are enough for one seed. */
function idOf(random: SeededRandom): string {
  const part = () =>
    random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return part() + part();
}
