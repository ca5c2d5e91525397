import { expect, test } from 'vitest';
import { chaosRun } from './support/chaos-run.ts';

test('[D1][E3] clients that drop off at random during 100,000 events end with the log of the server', async () => {
  const { cuts, events } = await chaosRun(100_000, Date.now() % 1_000_000, 100);
  expect(events).toBeGreaterThan(100_000);
  expect(cuts).toBe(100);
});
