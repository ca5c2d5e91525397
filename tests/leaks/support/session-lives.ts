import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../e2e/support/temporary-directory.ts';
import type { Holdings } from './holdings.ts';
import { type ProbedServer, startProbedServer } from './probed-server.ts';
import { settledHoldings, untilCounts } from './until-counts.ts';

const program = fileURLToPath(new URL('./life-load.ts', import.meta.url));

interface SessionLives {
  readonly rounds: number;
  /** Sessions in each round; of a quarter of them a run is in flight when they are taken from memory and when they are deleted. */
  readonly sessions: number;
  /** Before the first round: what is made once and kept is there then. */
  readonly warmUp: number;
}

/** What a server holds before sessions live and are deleted, and after each round of that. */
export async function sessionLives(
  plan: SessionLives,
): Promise<{ readonly before: Holdings; readonly after: readonly Holdings[] }> {
  using directory = temporaryDirectory();
  await using server = await startProbedServer({ directory: directory.path });
  await live(server, plan.warmUp, 'warm-up');
  const before = await settledHoldings(server);
  const after: Holdings[] = [];
  for (let round = 1; round <= plan.rounds; round += 1) {
    await live(server, plan.sessions, `round-${round}`);
    after.push(await untilCounts(server, before.counts));
  }
  return { before, after };
}

async function live(server: ProbedServer, count: number, name: string): Promise<void> {
  const child = fork(program, [server.url, String(count), name], {
    execArgv: ['--conditions=@perdure/source'],
  });
  child.on('message', async ({ unload }: { readonly unload: string }) => {
    await server.ask({ ask: 'unload', sessionId: unload });
    child.send({ unloaded: unload });
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ended with ${code}.`);
}
