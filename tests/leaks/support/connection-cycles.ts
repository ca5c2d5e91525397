import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ask } from '../../e2e/support/running-server.ts';
import { temporaryDirectory } from '../../e2e/support/temporary-directory.ts';
import type { Holdings } from './holdings.ts';
import { startProbedServer } from './probed-server.ts';
import { settledHoldings, untilCounts } from './until-counts.ts';

const program = fileURLToPath(new URL('./connection-load.ts', import.meta.url));
const SESSIONS = 20;

interface ConnectionCycles {
  readonly rounds: number;
  /** In each round. */
  readonly cycles: number;
  /** Before the first: what is made once and kept is there then. */
  readonly warmUp: number;
}

/** What a server holds before clients come, follow and go, and after each round of that. */
export async function connectionCycles(
  plan: ConnectionCycles,
): Promise<{ readonly before: Holdings; readonly after: readonly Holdings[] }> {
  using directory = temporaryDirectory();
  const sessions = Array.from({ length: SESSIONS }, (_, index) => `followed-${index}`);
  {
    await using server = await startProbedServer({ directory: directory.path });
    for (const id of sessions) {
      const created = await ask(`${server.url}/v1/sessions`, 'POST', {
        body: { id, options: { delayMs: 0, repeat: 20 }, message: 'some words to follow' },
      });
      const runs = await ask(`${server.url}/v1/sessions/${id}/runs`, 'GET');
      await ask(`${server.url}/v1/sessions/${id}/runs/${runs.body.items[0].runId}?wait=30`, 'GET');
      if (created.status !== 201) throw new Error(created.text);
    }
    await server.kill('SIGTERM');
  }
  // Another server: sessions that it only reads are never loaded, and have no rings.
  await using server = await startProbedServer({ directory: directory.path });
  const load = (cycles: number) =>
    promisify(execFile)(process.execPath, [
      '--conditions=@perdure/source',
      program,
      server.url,
      String(cycles),
      ...sessions,
    ]);
  await load(plan.warmUp);
  const before = await settledHoldings(server);
  const after: Holdings[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    await load(plan.cycles);
    after.push(await untilCounts(server, before.counts));
  }
  return { before, after };
}
