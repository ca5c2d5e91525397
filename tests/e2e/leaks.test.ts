import { expect, test } from 'vitest';
import { runCycles } from './support/run-cycles.ts';

test('[A13] two thousand sessions come, run, are followed, are deleted, and leave nothing behind', {
  timeout: 120_000,
}, async () => {
  const { before, after } = await runCycles(2_000);
  const { heap, ...counted } = after;
  const { heap: heapBefore, ...countedBefore } = before;
  expect(counted).toEqual(countedBefore);
  expect(heap - heapBefore).toBeLessThan(3_000_000); // 1.5 kB a session would be a leak
});
