import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { restartRun } from './restart-run.ts';
import { startObservedServer } from './support/start-observed-server.ts';

test('[D1][F3] a server that is killed 100 times in mid-stream, before two tabs and a network that replays frames', async () => {
  const seed = Date.now() % 1_000_000;
  console.info(`The faults of the network have the seed ${seed}.`);
  const run = () =>
    restartRun({
      restarts: 100,
      seed,
      start: async (directory, publicUrl) => {
        const server = await startObservedServer({ directory, port: 0, publicUrl });
        return { port: Number(new URL(server.hello.url).port), stop: () => server.kill() };
      },
    });
  await measured(
    { what: 'A server killed in mid-stream, two tabs, frames replayed by the network', size: '100 kills' },
    run,
    ({ events, replayed }) => {
      expect(events).toBeGreaterThan(1_500);
      const faults = Object.entries(replayed).map(([kind, count]) => `${count} ${kind}`);
      return `both tabs with all ${events} events, every message once; frames ${faults.join(', ')}`;
    },
  );
});
