import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { connectionCycles } from './support/connection-cycles.ts';
import { growthOf } from './support/growth.ts';
import { expectNothingLeft } from './support/expect-nothing-left.ts';

test('[A13] fifty thousand clients of every kind come, follow and go, and leave the server as it was', {
  timeout: 900_000,
}, async () => {
  const cycles = 10_000;
  const { before, after } = await measured(
    { what: 'Connect, follow, disconnect: what stays behind in the server', size: '5 x 10,000 clients' },
    () => connectionCycles({ rounds: 5, cycles, warmUp: 2_000 }),
    ({ after }) => `${JSON.stringify(growthOf(after, cycles))}, no handle, timer, file or listener`,
  );
  expectNothingLeft({ before, after });
  const { bytes, bytesPerCycle } = growthOf(after, cycles);
  expect(bytes).toBeLessThanOrEqual(2_000_000);
  expect(bytesPerCycle).toBeLessThanOrEqual(50);
});
