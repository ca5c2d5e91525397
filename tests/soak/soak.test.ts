import { expect, test } from 'vitest';
import { soak } from './soak.ts';

/** Enough where much else runs on the machine. */
const MOST_MS = 120_000;

test('[B11][D1][D7][E3] ten seconds of talk, cuts, reloads, deletions and a kill leave no log wrong and no run open', {
  timeout: MOST_MS,
}, async () => {
  const seed = Number(process.env['SOAK_SEED'] ?? 1);
  const plan = {
    minutes: 10 / 60,
    sessions: 6,
    clients: 12,
    talkers: 3,
    filled: 5,
    recentBytes: 100_000,
    seed,
  };
  const { violations, comparisons, done, messages, walBytes } = await soak(plan);
  expect(violations).toEqual([]);
  expect(done.kill).toBe(1);
  for (const kind of ['cut', 'reload', 'interrupt', 'renew'] as const) expect(done[kind]).toBeGreaterThan(0);
  expect(messages).toBeGreaterThan(0);
  expect(comparisons).toBeGreaterThan(50);
  expect(walBytes).toBeLessThanOrEqual(64 * 2 ** 20);
});
