import { EventEmitter, once } from 'node:events';
import type { AnyEvent } from '@perdure/client';
import { functionAgent } from '@perdure/server';
import { expect, test, vi } from 'vitest';
import { readLog } from './support/event-log.ts';
import { type RunningServer, runningServer } from './support/running-server.ts';
import { eventsOf, framesOf, trpcSocket } from './support/trpc-socket.ts';

const deltaOf = (event: AnyEvent) =>
  event.type === 'block:delta' ? (event.payload as { delta: string }).delta : '';
const types = (events: readonly AnyEvent[], type: string) => events.filter((event) => event.type === type);

/** Everything that a follower from the beginning hears while one message is answered. */
async function heard(server: RunningServer, id: string): Promise<AnyEvent[]> {
  using socket = await trpcSocket(server.url);
  socket.follow(1, { sessionId: id, from: 'beginning' });
  await socket.until((messages) => framesOf(messages, 1).at(-1)?.live);
  const { runId } = await server.client().session(id).submit('go');
  return await socket.until((messages) => {
    const events = eventsOf(framesOf(messages, 1));
    return events.some((event) => event.type === 'run:completed' && event.runId === runId) && events;
  });
}

test('[B3][B2] ten thousand events emitted at once have dense, ascending places, none missing and none twice', async () => {
  const count = 10_000;
  const agent = functionAgent(async (_turn, session) => {
    const emit = async (index: number) => {
      await Promise.resolve();
      session.log('info', `line ${index}`);
    };
    await Promise.all(Array.from({ length: count }, (_none, index) => emit(index)));
  });
  await using server = await runningServer({ agents: { agent } });
  const { id } = await server.client().sessions.create();
  const events = await heard(server, id);
  expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
  const lines = types(events, 'log').map((event) => (event.payload as { message: string }).message);
  expect(lines).toEqual(Array.from({ length: count }, (_none, index) => `line ${index}`));

  const times = events.map((event) => event.at);
  expect(times).toEqual([...times].sort());
  for (const event of events) {
    expect(new Date(event.at).toISOString()).toBe(event.at);
    expect(event.actor).toEqual({ principalId: expect.any(String) });
    expect(['agent', 'user', 'environment', 'server']).toContain(event.source);
    expect(event).not.toHaveProperty('sessionId');
    expect(event.payload).not.toHaveProperty('sessionId');
  }
  const [line] = types(events, 'log');
  expect(line).toMatchObject({ source: 'agent', conversationId: 'main', runId: expect.any(String) });
  expect(types(events, 'message:queued')).toMatchObject([{ source: 'user', actor: { principalId: 'open' } }]);
});

test('[B3][Q3] of ten thousand deltas every character comes once, and none is left when the block is complete', async () => {
  const words = Array.from({ length: 10_000 }, (_none, index) => `${index} `);
  const agent = functionAgent(async (_turn, session) => {
    for (const [index, word] of words.entries()) {
      if (!session.text(word)) await session.drained();
      if (index % 100 === 0) await session.flushed(); // in many appends
    }
  });
  await using server = await runningServer({ agents: { agent } });
  const { id } = await server.client().sessions.create();
  const events = await heard(server, id);
  expect(events.map(deltaOf).join('')).toBe(words.join(''));
  expect(types(events, 'block:delta').length).toBeGreaterThan(50);
  const complete = types(events, 'block:complete').at(-1);
  expect(complete?.payload).toMatchObject({ block: { content: words.join('') } });
  await vi.waitFor(
    () => expect(server.rows("SELECT 1 FROM entry WHERE kind = 0 AND body <> ''")).toEqual([]),
    10_000,
  );
  expect(types(await readLog(server.client(), id), 'block:delta')).toEqual([]);
});

test('[Q3] five hundred deltas of one tick are merged to few events, and a joiner sees their text', async () => {
  const words = Array.from({ length: 500 }, (_none, index) => `${index} of five hundred words, `);
  const text = words.join('');
  const gate = new EventEmitter();
  const agent = functionAgent(async (_turn, session) => {
    for (const word of words) session.text(word);
    await once(gate, 'open');
  });
  await using server = await runningServer({ agents: { agent } });
  const client = server.client();
  const { id } = await client.sessions.create();
  using socket = await trpcSocket(server.url);
  socket.follow(1, { sessionId: id, from: 'beginning' });
  const { runId = '' } = await client.session(id).submit('go');
  const deltas = await socket.until((messages) => {
    const found = types(eventsOf(framesOf(messages, 1)), 'block:delta');
    return found.map(deltaOf).join('').length === text.length && found;
  });
  expect(deltas.map(deltaOf).join('')).toBe(text);
  expect(deltas.length).toBeLessThanOrEqual(Math.ceil(text.length / 4_096) + 1);
  socket.follow(2, { sessionId: id });
  const joined = await socket.until((messages) => framesOf(messages, 2)[0]);
  expect(joined.kind === 'snapshot' && joined.state.conversations['main']?.blocks.at(-1)).toMatchObject({
    status: 'pending',
    content: text,
  });
  expect(server.rows("SELECT 1 FROM entry WHERE kind = 0 AND body <> ''")).not.toEqual([]);
  gate.emit('open');
  await client.session(id).run({ runId, wait: 30 });
  await vi.waitFor(
    () => expect(server.rows("SELECT 1 FROM entry WHERE kind = 0 AND body <> ''")).toEqual([]),
    10_000,
  );
});
