import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../e2e/support/running-server.ts';
import { runServer, startServer } from '../e2e/support/server-process.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { damagedFilesRun } from './damaged-files-run.ts';
import { withoutRows, zero } from './support/damages.ts';
import { config, copyDatabase, type WrittenDatabase, writeDatabase } from './support/written-database.ts';

/** Files of a busy machine take their time: what is waited for here are facts. */
const TIMEOUT_MS = 240_000;

describe('damaged files', () => {
  const temporary = temporaryDirectory();
  let written: WrittenDatabase;
  beforeAll(async () => {
    written = await writeDatabase(temporary.path);
  }, TIMEOUT_MS);
  afterAll(() => temporary[Symbol.dispose]());

  test(
    '[H8] end no server, show nothing that is not so, and cost no session that was not struck',
    async () => {
      const plan = {
        ...{ logCuts: 8, logFlips: 8, flips: 16, structureFlips: 24, recordFlips: 10, floorFlips: 8 },
        ...{ baseFlips: 4, zeroedPages: 16, cuts: 6 },
      };
      const report = await damagedFilesRun(temporary.path, written, { seed: 1, plan });
      expect(report.violations).toEqual([]);
      expect(report.damages).toBe(100);
      // Each way to end was seen: the damages strike.
      for (const count of Object.values(report.outcomes)) expect(count).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    '[H8] of the header keep `perdure serve` from starting, with what to do; elsewhere it serves what is whole',
    async () => {
      const headless = copyDatabase(written.directory, join(temporary.path, 'headless'));
      zero(0).apply(headless);
      const refused = await runServer({ directory: headless, config });
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Restore a backup') });

      const holed = copyDatabase(written.directory, join(temporary.path, 'holed'));
      withoutRows(written.directory).apply(holed);
      await using server = await startServer({ directory: holed, config });
      const answers = await Promise.all(
        written.sessions.map(({ id }) => ask(`${server.url}/v1/sessions/${id}/events?limit=100`, 'GET')),
      );
      expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
      const marked = answers.filter(({ text }) => text.includes('session:corrupt'));
      expect(marked.length).toBeGreaterThan(0);
      expect(marked.length).toBeLessThan(written.sessions.length);
      expect((await ask(`${server.url}/readyz`, 'GET')).body).toEqual({ status: 'degraded' });
      expect((await ask(`${server.url}/healthz`, 'GET')).status).toBe(200);
      expect(server.stderr()).toContain('the disk has damage');
    },
    TIMEOUT_MS,
  );
});
