import { expect, test } from 'vitest';
import { lacks } from '../support/machine-abilities.ts';
import { explorePowerCuts } from './support/explore-power-cuts.ts';

const lacksTrace = lacks('trace');

test.skipIf(lacksTrace)(
  '[H7][B11] whatever a power cut leaves of the disk, all that was answered is there and whole',
  async () => {
    const found = await explorePowerCuts({ seed: 1, states: 150, durability: 'disk', appends: 70 });
    expect(found).toMatchObject({ states: 150, losing: 0, worst: 0, faults: [] });
    expect(found.checkpoints).toBeGreaterThan(3);
    expect(found.copies).toBeGreaterThan(1);
  },
);

// Were nothing lost here, the test above would prove nothing.
test.skipIf(lacksTrace)(
  '[H7] at the level of the process a power cut takes appends, but no claim, and leaves the rest whole',
  async () => {
    const found = await explorePowerCuts({ seed: 2, states: 80, durability: 'process', appends: 30 });
    expect(found).toMatchObject({ states: 80, faults: [] });
    expect(found.losing).toBeGreaterThan(10);
  },
);
