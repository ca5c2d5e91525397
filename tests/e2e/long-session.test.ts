import { EventEmitter, once } from 'node:events';
import type { Block } from '@perdure/client';
import { functionAgent } from '@perdure/server';
import { expect, test } from 'vitest';
import { type RunningServer, runningServer } from './support/running-server.ts';

const EVENTS = 100_000;
const BLOCKS = 500;

/** An agent that says 100,000 things and goes on holding two blocks open. */
async function withLongSession() {
  const agent = new EventEmitter();
  const server = await runningServer({
    agents: {
      historian: functionAgent(async (_turn, session) => {
        for (let index = 0; index < EVENTS; index += 1) {
          const goesOn =
            index % (EVENTS / BLOCKS) === 0
              ? session.block({ type: 'system', subtype: 'log', message: `part ${index}` })
              : session.log('info', `line ${index}`);
          if (!goesOn) await session.drained();
        }
        session.toolUse({ name: 'search', input: {}, id: 'open-call' });
        session.text('and so on');
        await session.flushed();
        agent.emit('said');
        await once(agent, 'end');
      }),
    },
  });
  const client = server.client();
  const { id } = await client.sessions.create();
  const said = once(agent, 'said');
  await client.session(id).submit('tell');
  await said;
  return { server, client, id };
}

async function allBlocks(server: RunningServer, id: string, order: 'asc' | 'desc'): Promise<Block[]> {
  const blocks: Block[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `order=${order}&limit=40${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page = await server.ask('GET', `/v1/sessions/${id}/blocks?${query}`);
    blocks.push(...page.body.items);
    cursor = page.body.nextCursor;
  }
  return blocks;
}

test('[D8] a session of 100,000 events opens with its newest 50 blocks and every open one, and pages both ways', {
  timeout: 120_000,
}, async () => {
  const { server, client, id } = await withLongSession();
  await using _ending = server;
  const answer = await server.ask('GET', `/v1/sessions/${id}`);
  const { cursor, state } = answer.body;
  expect(Number(cursor.split('.')[1])).toBeGreaterThan(EVENTS);
  const { blocks, hasOlder } = state.conversations.main as { blocks: Block[]; hasOlder: boolean };
  expect(hasOlder).toBe(true);
  const closed = blocks.filter((block) => block.status !== 'pending');
  expect(blocks.filter((block) => block.status === 'pending')).toMatchObject([
    { type: 'tool_use', toolUseId: 'open-call' },
    { type: 'assistant_text', content: 'and so on' },
  ]);
  expect(answer.text.length).toBeLessThan(100_000); // of a log of more than ten million bytes

  const oldestFirst = await allBlocks(server, id, 'asc');
  expect(oldestFirst).toHaveLength(BLOCKS + 1); // and the message
  expect(closed).toEqual(oldestFirst.slice(-50));
  expect(await allBlocks(server, id, 'desc')).toEqual([...oldestFirst].reverse());

  const session = client.session(id);
  session.subscribe(() => {});
  expect((await session.load()).conversations['main']?.blocks).toEqual(blocks);
  while (await session.loadOlder());
  const loaded = session.getSnapshot().state?.conversations['main'];
  expect(loaded?.hasOlder).toBe(false);
  expect(loaded?.blocks.filter((block) => block.status !== 'pending')).toEqual(oldestFirst);

  // The log itself, from both of its ends.
  const first = await session.eventPage({ limit: 3, order: 'asc' });
  expect(first.items.map((event) => event.seq)).toEqual([1, 2, 3]);
  const last = await session.eventPage({ limit: 3, order: 'desc' });
  const head = Number(cursor.split('.')[1]);
  expect(last.items.map((event) => event.seq)).toEqual([head, head - 1, head - 2]);
  const before = await session.eventPage({ limit: 1, order: 'desc', cursor: last.nextCursor ?? '' });
  expect(before.items.map((event) => event.seq)).toEqual([head - 3]);
});
