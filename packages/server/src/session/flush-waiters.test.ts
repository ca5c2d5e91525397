import { expect, test } from 'vitest';
import { FlushWaiters } from './flush-waiters.ts';

test('[B11] each is told when what it waits for is settled, in order, and once', async () => {
  const waiters = new FlushWaiters();
  const told: number[] = [];
  const wait = (push: number) => void waiters.wait(push).then(() => told.push(push));
  const settle = async (through: number) => {
    waiters.settle(through);
    await Promise.resolve();
    return told.splice(0);
  };
  for (const push of [2, 3, 5, 3]) wait(push);
  expect(await settle(1)).toEqual([]);
  expect(await settle(3)).toEqual([2, 3, 3]);
  wait(4);
  expect(await settle(3)).toEqual([]);
  expect(await settle(Number.POSITIVE_INFINITY)).toEqual([5, 4]);
  expect(await settle(Number.POSITIVE_INFINITY)).toEqual([]);
});
