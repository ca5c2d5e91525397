import { readFileSync } from 'node:fs';
import { ask } from '../../e2e/support/running-server.ts';
import { startControlClient } from './control-client.ts';
import type { FuzzServer } from './fuzz-server.ts';

export interface Attacked<T> {
  readonly result: T;
  /** Requests of someone else that were answered meanwhile. */
  readonly served: number;
  /** By how much the memory of the server had grown at most; `undefined` where the system does not tell. */
  readonly grownBytes: number | undefined;
}

/**
 * Does harm to a server, while someone follows a session and asks for things; throws if they notice, or if the process minds.
 */
export async function underAttack<T>(server: FuzzServer, attack: () => Promise<T>): Promise<Attacked<T>> {
  const control = await startControlClient(server.url, 'control');
  await server.inspect();
  const before = residentBytes(server);
  let most = before ?? 0;
  const watch = setInterval(() => {
    most = Math.max(most, residentBytes(server) ?? 0);
  }, 10);
  let isOver = false;
  const asking = (async () => {
    let served = 0;
    while (!isOver) {
      const { status, text } = await ask(`${server.url}/v1/sessions?limit=5`, 'GET', { token: 'control' });
      if (status !== 200) throw new Error(`Someone else was answered ${status}: ${text}`);
      served += 1;
    }
    return served;
  })();
  try {
    const result = await attack();
    await control.moves();
    isOver = true;
    const served = await asking;
    await control.finish();
    await server.inspect();
    return { result, served, grownBytes: before === undefined ? undefined : most - before };
  } finally {
    isOver = true;
    clearInterval(watch);
    await asking.catch(() => {}); // what the attack threw comes first
  }
}

/** What the process has in memory, where the system tells. */
function residentBytes({ process }: FuzzServer): number | undefined {
  try {
    const [, kilobytes] =
      /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${process.pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}
