import { fileURLToPath } from 'node:url';
import { ask } from '../../e2e/support/running-server.ts';
import { startServer } from '../../e2e/support/server-process.ts';
import { temporaryDirectory } from '../../e2e/support/temporary-directory.ts';
import type { Holdings } from './holdings.ts';
import { startProbedProcess } from './probed-process.ts';
import { settledHoldings, untilCounts } from './until-counts.ts';

const program = fileURLToPath(new URL('./client-load.ts', import.meta.url));

interface ClientLives {
  readonly rounds: number;
  /** In each round. */
  readonly clients: number;
  /** Before the first: what is made once and kept is there then. */
  readonly warmUp: number;
}

interface ClientLeftovers {
  readonly before: Holdings;
  /** After each round, once the sockets are gone. */
  readonly after: readonly Holdings[];
  /** After each round, at once: a client that was closed has no timer that ends by itself soon. */
  readonly atOnce: readonly Holdings[];
}

/** What a process holds before it makes and closes clients, and after each round of that. */
export async function clientLives(plan: ClientLives): Promise<ClientLeftovers> {
  using directory = temporaryDirectory();
  await using server = await startServer({ directory: directory.path, args: ['--log-level', 'error'] });
  const { body } = await ask(`${server.url}/v1/sessions`, 'POST', { body: { options: { delayMs: 0 } } });
  await using page = startProbedProcess(program, [server.url, body.id]);
  let asked = 0;
  const live = async (clients: number) => {
    await page.until(({ messages }) => messages.length > asked);
    asked += 1;
    page.send({ clients });
    await page.until(({ messages }) => messages.length > asked);
  };
  await live(plan.warmUp);
  const before = await settledHoldings(page);
  const after: Holdings[] = [];
  const atOnce: Holdings[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    await live(plan.clients);
    atOnce.push(await page.holdings());
    after.push(await untilCounts(page, before.counts));
  }
  return { before, after, atOnce };
}
