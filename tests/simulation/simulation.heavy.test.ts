import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { Exploration } from './command/exploration.ts';
import { playSeeds, seedsFrom } from './played-seeds.ts';

const SEEDS = 5_000;

test('[D1] [D7] [H3] [H5] [J4] thousands of seeds of the simulator find nothing, and reach all that they should', async () => {
  const steps = (played: Awaited<ReturnType<typeof playSeeds>>) =>
    played.reports.reduce((sum, report) => sum + report.steps, 0);
  const played = await measured(
    { what: 'Seeds of the simulator', size: `${SEEDS.toLocaleString('en')} seeds` },
    () => playSeeds(seedsFrom(100_001, SEEDS)),
    (result) => `${result.failures().length} violations in ${steps(result).toLocaleString('en')} steps`,
  );
  expect(played.failures()).toEqual([]);
  expect(played.reports).toHaveLength(SEEDS);
  const exploration = new Exploration();
  for (const report of played.reports) exploration.add(report);
  expect(exploration.missing(SEEDS)).toEqual([]);
});
