import { expect, test } from 'vitest';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { measured } from '../support/record-figure.ts';
import { damagedFilesRun } from './damaged-files-run.ts';
import { writeDatabase } from './support/written-database.ts';

test('[H8] whatever is damaged, and wherever: no server ends, nothing is shown that is not so, and what is whole is there', async () => {
  using temporary = temporaryDirectory();
  const written = await writeDatabase(temporary.path);
  const plan = {
    logCuts: 128,
    logFlips: 200,
    flips: 500,
    structureFlips: 500,
    recordFlips: 120,
    floorFlips: 60,
    baseFlips: 30,
    zeroedPages: 60,
    cuts: 30,
  };
  const report = await measured(
    {
      what: 'Damaged files of the SQLite store: a server starts on each',
      size: 'the log cut at each 512 bytes of its last 64 KiB; 1,410 bits flipped, 210 of them in records and bases of sessions, 60 pages zeroed, the database cut at 30 places',
    },
    () => damagedFilesRun(temporary.path, written, { seed: 20_260_101, plan }),
    ({ damages, outcomes, violations }) =>
      `${damages} damages: ${violations.length} violations; ${Object.entries(outcomes)
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join(', ')}`,
  );
  expect(report.violations).toEqual([]);
});
