import { expect, test } from 'vitest';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { measured } from '../support/record-figure.ts';
import { freezeRun } from './freeze-run.ts';

/** Longer than a peer that is silent is taken for alive. */
const FROZEN_MS = 50_000;

test('[H4] a server that stands still until it is taken for dead gets everyone back, and nobody misses anything', async () => {
  using temporary = temporaryDirectory();
  const { losses, violations } = await measured(
    { what: 'A server that stands still (SIGSTOP)', size: `20 followers, ${FROZEN_MS / 1_000} s` },
    () => freezeRun(temporary.path, FROZEN_MS),
    (report) =>
      `${report.violations.length} violations; ${report.losses.filter((count) => count > 0).length} followers came back by themselves`,
  );
  expect(violations).toEqual([]);
  expect(losses.filter((count) => count > 0).length).toBeGreaterThan(0);
});
