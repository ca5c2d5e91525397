import { expect, test } from 'vitest';
import { runCycles } from './support/run-cycles.ts';

test('[A13] ten thousand sessions leave no more behind than two thousand', async () => {
  const { before, after } = await runCycles(10_000);
  const { heap, ...counted } = after;
  const { heap: heapBefore, ...countedBefore } = before;
  expect(counted).toEqual(countedBefore);
  expect(heap - heapBefore).toBeLessThan(3_000_000); // 300 B a session
});
