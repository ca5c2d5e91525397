import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { huntAll } from './hunt-all.ts';
import { plantedFaults } from './planted-fault.ts';

test('the simulator finds every planted fault within 2,000 seeds, and none in the source as it is', async ({
  signal,
}) => {
  const faults = plantedFaults();
  const done = await measured(
    { what: 'Planted faults', size: `${faults.length} faults, at most 2,000 seeds each` },
    () => huntAll(faults, { seeds: 2_000, jobs: 1, signal }),
    (all) =>
      `${all.filter(({ hunt }) => hunt.outcome === 'found').length} of ${faults.length} found by the simulator`,
  );
  expect(done.length).toBe(faults.length + 1);
  const wrong = done.filter(
    ({ fault, hunt }) => hunt.outcome !== (fault === undefined ? 'survived' : 'found'),
  );
  expect(wrong.map(({ fault, hunt }) => ({ name: fault?.name, output: hunt.output }))).toEqual([]);
});
