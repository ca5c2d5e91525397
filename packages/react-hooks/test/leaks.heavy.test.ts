// @vitest-environment node
import { expect, test } from 'vitest';
import { mountCycles } from './mount-cycles.tsx';

test.each([false, true])(
  '[A13] hooks that are mounted and unmounted a thousand times leave nothing behind (strict mode: %s)',
  async (isStrict) => {
    const after = await mountCycles({ rounds: 5, cycles: 200, isStrict });
    for (const { timers, heapUsed: _, ...rest } of after) {
      expect(rest).toEqual({ subscriptions: 0, nodes: 0, warnings: [] });
      expect(timers).toBeLessThanOrEqual(1); // the server sweeps what it keeps of sessions, once a minute
    }
    const heaps = after.map(({ heapUsed }) => heapUsed);
    expect((heaps.at(-1) ?? 0) - (heaps[1] ?? 0)).toBeLessThan(2_000_000); // 3 kB a mount: less than one that is kept holds
  },
);
