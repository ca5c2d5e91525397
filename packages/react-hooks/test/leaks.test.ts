// @vitest-environment node
import { expect, test } from 'vitest';
import { mountCycles } from './mount-cycles.tsx';

test.each([false, true])(
  '[A13] hooks that are mounted and unmounted a hundred times leave nothing behind (strict mode: %s)',
  { timeout: 120_000 },
  async (isStrict) => {
    const [after] = await mountCycles({ rounds: 1, cycles: 50, isStrict });
    expect(after).toMatchObject({ subscriptions: 0, nodes: 0, warnings: [] });
    expect(after?.timers).toBeLessThanOrEqual(1); // the server sweeps what it keeps of sessions, once a minute
  },
);
