import { flushCompileCache } from 'node:module';
import { createAgentRuntime } from '@perdure/server';
import { everyoneMay } from './everyone-may.ts';
import { Gates, speakingAgent } from './speaking-agent.ts';
import type { Answer, Order } from './server-under-test.ts';

// A server in a process of its own that can be killed, and that does over IPC what no wire offers.

const [, , directory = ''] = process.argv;
const gates = new Gates();
/** So many that no command of a test is refused for being one too many. */
const MANY = 1_000_000;

const answer = (message: Answer) => process.send?.(message);

const runtime = createAgentRuntime({
  agents: { speaker: speakingAgent(gates, (began) => answer({ began })) },
  store: { type: 'sqlite', directory },
  authenticate: ({ credential }) => (credential === undefined ? null : { id: credential }),
  authorizer: everyoneMay,
  limits: {
    principalCommandsPer10s: MANY,
    principalSockets: MANY,
    principalStreams: MANY,
    principalLiveRuns: MANY,
    sessionFollowersPerPrincipal: MANY,
    socketMessagesPerSecond: MANY,
    sessionQueuedMessages: MANY,
    processRuns: MANY,
  },
  logger: 'error',
});

async function obey(order: Order): Promise<void> {
  switch (order.does) {
    case 'open':
      gates.open(order.tag);
      return;
    case 'load':
      await runtime.host.loadSession(order.sessionId);
      return;
    case 'unload':
      return runtime.host.unloadSession(order.sessionId);
    case 'stop':
      return runtime.shutdown({ deadlineMs: order.deadlineMs });
    default:
      order satisfies never;
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    () => answer({ id: order.id }),
    (error: unknown) => answer({ id: order.id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

const { url } = await runtime.listen({ port: 0 });
flushCompileCache(); // most often it is killed, and Node.js would keep nothing of what it made of the sources
answer({ url });
