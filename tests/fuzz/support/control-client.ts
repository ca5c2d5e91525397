import { createPerdureClient } from '@perdure/client';
import type { AnyEvent } from '@perdure/protocol';
import { facts } from '../../e2e/support/facts.ts';

/** Someone who does everything right, while others do not. */
export interface ControlClient {
  /** Resolves when so many events more have come. */
  moves(): Promise<void>;
  /** Ends the run and throws unless everything came: once, in order, over one connection that was never lost. */
  finish(): Promise<{ readonly events: number }>;
}

/** Lets an agent talk without end and follows it. */
export async function startControlClient(url: string, token: string): Promise<ControlClient> {
  const client = createPerdureClient({ url, token });
  const events: AnyEvent[] = [];
  const losses: string[] = [];
  const { tell, end, until } = facts();
  let hasOpened = false;
  client.connection.subscribe(() => {
    const { status } = client.connection.get();
    if (status === 'open') hasOpened = true;
    else if (hasOpened) losses.push(status);
  });
  const { id } = await client.sessions.create({ agent: 'ticker' });
  const session = client.session(id);
  const left = new AbortController();
  const reading = (async () => {
    for await (const event of session.events({ signal: left.signal })) {
      events.push(event);
      tell();
    }
  })();
  reading.catch((error: Error) => end(error));
  const { runId } = await session.submit('talk');
  if (runId === undefined) throw new Error('No run was started.');
  await until(() => events.some(({ type }) => type === 'block:delta'));
  return {
    moves: async () => {
      const before = events.length;
      await until(() => events.length > before + 3);
    },
    async finish() {
      await session.interrupt({ runId });
      await until(() => events.some(({ type }) => type === 'run:cancelled' || type === 'run:interrupted'));
      left.abort();
      await reading;
      client.close();
      const wrong = events.findIndex(({ seq }, at) => seq !== at + 1);
      if (wrong !== -1) throw new Error(`Event ${wrong + 1} came as ${events[wrong]?.seq}.`);
      if (losses.length > 0) throw new Error(`The connection was lost: ${losses.join(', ')}.`);
      const said = events
        .filter(({ type }) => type === 'block:delta' || type === 'block:start')
        .map(({ payload }) => wordsOf(payload))
        .join('');
      const numbers = said.trim().split(' ').map(Number);
      if (numbers.some((number, at) => number !== at)) throw new Error(`It heard: ${said.slice(0, 500)}`);
      return { events: events.length };
    },
  };
}

function wordsOf(payload: unknown): string {
  const { delta, block } = payload as { delta?: string; block?: { type: string; content: unknown } };
  return delta ?? (block?.type === 'assistant_text' ? String(block.content) : '');
}
