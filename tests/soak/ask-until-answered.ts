import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, ask } from '../e2e/support/running-server.ts';

/** Longer than a server takes to start, on a machine with other work. */
const PATIENCE_MS = 60_000;

/** Asks again while nobody is there: a server that was killed comes back. */
export async function askUntilAnswered(url: string, method: string, body?: unknown): Promise<Answer> {
  for (const endMs = performance.now() + PATIENCE_MS; ; await wait(100)) {
    try {
      const answer = await ask(url, method, body === undefined ? {} : { body });
      if (answer.status < 500) return answer;
      if (performance.now() > endMs) throw new Error(answer.text);
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
  }
}
