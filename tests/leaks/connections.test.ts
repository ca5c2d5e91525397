import { expect, test } from 'vitest';
import { connectionCycles } from './support/connection-cycles.ts';
import { expectNothingLeft } from './support/expect-nothing-left.ts';

test('[A13] three hundred clients of every kind come, follow and go, and leave the server as it was', {
  timeout: 120_000,
}, async () => {
  const { before, after } = await connectionCycles({ rounds: 1, cycles: 300, warmUp: 100 });
  const [last] = after;
  expectNothingLeft({ before, after });
  expect((last?.heapUsed ?? 0) - before.heapUsed).toBeLessThan(1_500_000); // 5 kB a client: what a leak of one holds at least
});
