// A program of its own, so that none of its sockets outlives it: clients come, follow until the first frame, and go.
// node --conditions=@perdure/source connection-load.ts URL CYCLES SESSION…
import { createPerdureClient } from '@perdure/client';
import { eventStream } from '../../e2e/support/event-stream.ts';
import { framesOf, trpcSocket } from '../../e2e/support/trpc-socket.ts';

const [url = '', cycles = '0', ...sessions] = process.argv.slice(2);
const AT_ONCE = 8;

/** Each kind of client, and each way in which it goes. */
const visits: ((sessionId: string) => Promise<void>)[] = [
  (sessionId) => visitBySdk(sessionId, {}),
  (sessionId) => visitBySdk(sessionId, { WebSocket: null }),
  (sessionId) => visitBySocket(sessionId, 'stop'),
  async (sessionId) => {
    await using stream = await eventStream(`${url}/v1/sessions/${sessionId}/events`);
    await stream.until(({ events }) => events.length > 0);
  },
  (sessionId) => visitBySocket(sessionId, 'cut'),
];

async function visitBySdk(sessionId: string, options: { readonly WebSocket?: null }): Promise<void> {
  const client = createPerdureClient({ url, ...options });
  const session = client.session(sessionId);
  const leave = session.subscribe(() => {});
  await session.load();
  leave();
  client.close();
}

async function visitBySocket(sessionId: string, end: 'stop' | 'cut'): Promise<void> {
  using socket = await trpcSocket(url);
  socket.follow(1, { sessionId });
  await socket.until((messages) => framesOf(messages, 1).length > 0);
  if (end === 'cut') return; // without a word
  socket.send({ id: 1, method: 'subscription.stop' });
  await socket.until((messages) => messages.some(({ result }) => result?.type === 'stopped'));
  socket.ws.close();
  await socket.closed;
}

let begun = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (begun < Number(cycles)) {
      const own = begun;
      begun += 1;
      await visits[own % visits.length]?.(sessions[own % sessions.length] ?? '');
    }
  }),
);
