import { expect, test } from 'vitest';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { clockJumpsRun, everyJump } from './clock-jumps-run.ts';
import { freezeRun } from './freeze-run.ts';
import { fakeTimeLibrary } from './support/fake-time.ts';

/** Long enough that every timer of a second is late, and much less than it takes to be thought dead. */
const FROZEN_MS = 2_500;

const library = fakeTimeLibrary();

test.skipIf(library === undefined)(
  '[H4] a wall clock that jumps throws nobody out, fails no run, and turns no log back',
  async () => {
    using temporary = temporaryDirectory();
    const jumps = everyJump();
    const { times, violations } = await clockJumpsRun(temporary.path, library ?? '', jumps);
    expect(violations).toEqual([]);
    expect(times.map((time) => time.slice(0, 4))).toContain('2038');
    expect(times).toHaveLength(jumps.length);
  },
);

test('[H4] a server that stands still for a moment goes on with everyone who was there', async () => {
  using temporary = temporaryDirectory();
  const { losses, violations } = await freezeRun(temporary.path, FROZEN_MS);
  expect(violations).toEqual([]);
  expect(losses.filter((count) => count > 0)).toEqual([]);
});
