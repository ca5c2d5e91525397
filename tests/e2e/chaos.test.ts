import { expect, test } from 'vitest';
import { chaosRun } from './support/chaos-run.ts';

test('[D1][E3] clients that drop off at random during 20,000 events end with the log of the server', {
  timeout: 120_000,
}, async () => {
  const { cuts, events } = await chaosRun(20_000, 1, 25);
  expect(events).toBeGreaterThan(20_000);
  expect(cuts).toBe(25);
});
