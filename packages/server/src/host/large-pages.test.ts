import type { AnyEvent, Block, Page } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { runningServer, withSession } from '../../test/running-server.ts';
import { functionAgent } from '../environment/function-agent.ts';

const large = 'x'.repeat(300_000);

/** Says twelve blocks, each with a line of the log, of 300 kB, and then many small ones. */
const talker = functionAgent(async (_turn, session) => {
  for (let count = 0; count < 12; count += 1) {
    session.block({ type: 'assistant_text', content: `${count} ${large}` });
    if (!session.log('info', 'large', { count, large })) await session.drained();
    await session.flushed();
  }
  for (let count = 0; count < 150; count += 1)
    if (!session.log('info', 'small', { count })) await session.drained();
});

async function largeSession() {
  const server = await runningServer({ agents: { talker } });
  await withSession(server);
  const sent = await server.ask('POST', '/v1/sessions/a/messages', { body: { content: 'talk' } });
  const { runId } = sent.body as { runId: string };
  await server.ask('GET', `/v1/sessions/a/runs/${runId}?wait=30`);
  return server;
}

/** Every page from one side to the other. */
async function pagesOf<T>(ask: (cursor: string | undefined) => Promise<Page<T>>): Promise<(readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await ask(cursor);
    pages.push(items);
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

const bytesOf = (items: readonly unknown[]) => JSON.stringify(items).length;

describe('pages of what is large', () => {
  it.each(['asc', 'desc'] as const)(
    '[N12] of events end at about a megabyte, and leave nothing out (%s)',
    async (order) => {
      await using server = await largeSession();
      const session = server.runtime.host.session('a');
      const pages = await pagesOf<AnyEvent>((cursor) =>
        session.events({ order, limit: 100, ...(cursor && { cursor }) }),
      );
      expect(Math.max(...pages.map(bytesOf))).toBeLessThan(1_500_000);
      expect(pages.length).toBeGreaterThan(5);
      const seqs = pages.flat().map(({ seq }) => seq);
      const dense = seqs.map((_, at) => at + 1);
      expect(seqs).toEqual(order === 'asc' ? dense : dense.reverse());
      expect(Math.max(...pages.map(({ length }) => length))).toBe(100);
    },
  );

  it('[N12] of events found by their words are as short, and also none when enough was looked at', async () => {
    await using server = await largeSession();
    const session = server.runtime.host.session('a');
    const found = await pagesOf<AnyEvent>((cursor) =>
      session.events({ q: 'large', limit: 100, ...(cursor && { cursor }) }),
    );
    expect(found.flat().filter(({ type }) => type === 'log').length).toBe(12);
    const none = await pagesOf<AnyEvent>((cursor) =>
      session.events({ q: 'nowhere', ...(cursor && { cursor }) }),
    );
    expect(none.flat()).toEqual([]);
  });

  it.each(['asc', 'desc'] as const)(
    '[N12] of blocks end at about a megabyte, and leave nothing out (%s)',
    async (order) => {
      await using server = await largeSession();
      const session = server.runtime.host.session('a');
      const pages = await pagesOf<Block>((cursor) =>
        session.blocks({ order, limit: 100, ...(cursor && { cursor }) }),
      );
      expect(Math.max(...pages.map(bytesOf))).toBeLessThan(1_500_000);
      const numbers = pages
        .flat()
        .flatMap((block) => (block.type === 'assistant_text' ? [Number.parseInt(block.content, 10)] : []));
      const all = Array.from({ length: 12 }, (_, at) => at);
      expect(numbers).toEqual(order === 'asc' ? all : all.reverse());
    },
  );
});
