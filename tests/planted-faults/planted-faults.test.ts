import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { plantedFaults } from './planted-fault.ts';
import { repositoryRoot } from '../architecture/source-file.ts';

describe('planted faults', () => {
  test('are at least 25', () => {
    expect(plantedFaults().length).toBeGreaterThanOrEqual(25);
  });

  test.each(plantedFaults())('$name fits the source as it is', ({ path }) => {
    const check = () =>
      execFileSync('git', ['apply', '--check', path], { cwd: repositoryRoot, stdio: 'pipe' });
    expect(check).not.toThrow();
  });
});
