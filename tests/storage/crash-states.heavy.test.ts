import { expect, test } from 'vitest';
import { lacks } from '../support/machine-abilities.ts';
import { measured } from '../support/record-figure.ts';
import {
  explorePowerCuts,
  type PowerCutFindings,
  type PowerCutOptions,
} from './support/explore-power-cuts.ts';

const lacksTrace = lacks('trace');

test.skipIf(lacksTrace)(
  '[H7][B11] of 5,000 states that a power cut may leave none lacks what was answered',
  async () => {
    const found = await measured(
      { what: 'Power cuts under the SQLite store', size: '5,000 states of the disk' },
      () => explore({ seeds: 10, states: 500, durability: 'disk', appends: 100 }),
      ({ losing, faults, copies }) =>
        `${losing} states lacked what was answered, ${faults.length} were corrupt or half written; ${copies} copies whole`,
    );
    expect(found).toMatchObject({ states: 5_000, losing: 0, faults: [] });
  },
);

test.skipIf(lacksTrace)('[H7] the same power cuts take appends at the level of the process', async () => {
  const found = await measured(
    {
      what: 'The same without a sync for each group (durability: process)',
      size: '1,000 states of the disk',
    },
    () => explore({ seeds: 2, states: 500, durability: 'process', appends: 60 }),
    ({ losing, worst, faults }) =>
      `${losing} states lacked what was answered, ${worst} appends at worst; ${faults.length} were corrupt or half written`,
  );
  expect(found).toMatchObject({ states: 1_000, faults: [] });
  expect(found.losing).toBeGreaterThan(100);
});

/** One traced program for each seed: their threads come between each other differently. */
async function explore({
  seeds,
  ...options
}: Omit<PowerCutOptions, 'seed'> & { readonly seeds: number }): Promise<PowerCutFindings> {
  const all: PowerCutFindings[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) all.push(await explorePowerCuts({ ...options, seed }));
  const sum = (of: (found: PowerCutFindings) => number) => all.reduce((total, found) => total + of(found), 0);
  return {
    states: sum(({ states }) => states),
    losing: sum(({ losing }) => losing),
    worst: Math.max(...all.map(({ worst }) => worst)),
    faults: all.flatMap(({ faults }) => faults),
    copies: sum(({ copies }) => copies),
    checkpoints: sum(({ checkpoints }) => checkpoints),
  };
}
