import { expect, test } from 'vitest';
import { runningServer } from '../e2e/support/running-server.ts';
import { restartRun } from './restart-run.ts';
import { talkingAgent } from './support/talking-agent.ts';

test('[D1][F3] a server that restarts 20 times in mid-stream, before two tabs and a network that replays frames', {
  timeout: 120_000,
}, async () => {
  const { events, replayed } = await restartRun({
    restarts: 20,
    seed: 3,
    start: async (directory, publicUrl) => {
      const { runtime, port } = await runningServer({
        directory,
        publicUrl,
        agents: { talker: talkingAgent() },
      });
      return { port, stop: () => runtime.shutdown({ deadlineMs: 3_000 }) };
    },
  });
  expect(events).toBeGreaterThan(300);
  for (const [kind, count] of Object.entries(replayed)) expect([kind, count > 0]).toEqual([kind, true]);
});
