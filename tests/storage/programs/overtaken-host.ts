// A host on a data directory whose agent says what the input tells it to, one line each; it reports what comes of it.
import { createInterface } from 'node:readline';
import { functionAgent } from '../../../packages/server/src/environment/function-agent.ts';
import type { TurnSession } from '../../../packages/server/src/environment/turn-session.ts';
import { SqliteSessionStore } from '../../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import { localHost } from '../../../packages/server/src/testing/local-host.ts';
import type { OvertakenOrder, OvertakenReport } from '../support/overtaken-orders.ts';

const [directory = ''] = process.argv.slice(2);

function report(said: OvertakenReport): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

const store = new SqliteSessionStore({ directory });
await store.open();
const { promise: begun, resolve: begin } = Promise.withResolvers<TurnSession>();
const writer = functionAgent(
  (turn, speaker) =>
    new Promise(() => {
      turn.signal.addEventListener('abort', () => report({ say: 'aborted' }));
      begin(speaker);
    }),
  { reach: 'none' },
);
const { host } = localHost({ store, agents: { writer } });
const { session } = await host.createSession({ id: 's' });
const { runId } = await session.submit({ content: 'go', commandId: 'first-command' });
const speaker = await begun;
report({ say: 'ready', runId: runId ?? '' });

for await (const line of createInterface(process.stdin)) {
  const order = JSON.parse(line) as OvertakenOrder;
  switch (order.do) {
    case 'say':
      speaker.text(order.words);
      speaker.flushed().then(
        () => report({ say: 'said', words: order.words }),
        () => report({ say: 'unsaid', words: order.words }),
      );
      break;
    case 'submit': {
      const {
        seq,
        runId: run,
        duplicate,
      } = await session.submit({ content: order.content, commandId: order.commandId });
      report({ say: 'answered', commandId: order.commandId, seq, runId: run, duplicate });
      break;
    }
    case 'get': {
      const { cursor, state } = await session.get();
      report({ say: 'is', cursor, state });
    }
  }
}
