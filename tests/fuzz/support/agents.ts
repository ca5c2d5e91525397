import { echoAgent, functionAgent } from '@perdure/server';
import { rememberPrototypes } from './built-in-prototypes.ts';

const changedPrototypes = rememberPrototypes();

/** What the servers host that are fuzzed and exhausted. */
export const agents = {
  echo: echoAgent(),
  /** Counts until it is interrupted. */
  ticker: functionAgent(async (turn, session) => {
    for (let count = 0; !turn.signal.aborted; count += 1) {
      if (!session.text(`${count} `)) await session.drained();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }),
  /** Says nothing until it is interrupted. */
  idle: functionAgent(
    ({ signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  ),
  /** Says as many things as it is asked for, each as large as it may be. */
  giant: functionAgent(async (turn, session) => {
    for (let count = 0; count < Number(turn.text); count += 1) {
      if (!session.log('info', 'giant', 'x'.repeat(900_000))) await session.drained();
    }
  }),
  /** Says how this process is. */
  reporter: functionAgent((_turn, session) => {
    globalThis.gc?.();
    session.text(JSON.stringify({ changed: changedPrototypes(), ...process.memoryUsage() }));
  }),
};
