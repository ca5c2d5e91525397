import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../architecture/source-file.ts';
import { huntAll } from './hunt-all.ts';
import { plantedFaults } from './planted-fault.ts';

describe('planted faults', () => {
  test('are at least 25', () => {
    expect(plantedFaults().length).toBeGreaterThanOrEqual(25);
  });

  test.each(plantedFaults())('$name fits the source as it is', ({ path }) => {
    const check = () =>
      execFileSync('git', ['apply', '--check', path], { cwd: repositoryRoot, stdio: 'pipe' });
    expect(check).not.toThrow();
  });

  test('one is found in a few seeds, in which nothing is found without it', async ({ signal }) => {
    const faults = plantedFaults().filter(({ name }) => name === 'shows-before-commit');
    const done = await huntAll(faults, { seeds: 40, jobs: 1, signal });
    expect(done.map(({ hunt }) => hunt.outcome)).toEqual(['survived', 'found']);
  });
});
