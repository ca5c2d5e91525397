import { expect, it } from 'vitest';
import { systemClock } from './system-clock.ts';

it('[F3] a wait that is longer than a timer can be is no wait of a millisecond', async () => {
  let runs = 0;
  const callOff = systemClock.after(99_999_999_999_999, () => {
    runs += 1;
  });
  await new Promise((resolve) => systemClock.after(20, () => resolve(undefined)));
  callOff();
  expect(runs).toBe(0);
});
