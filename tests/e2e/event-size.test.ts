import { functionAgent } from '@perdure/server';
import { isPerdureError } from '@perdure/client';
import { expect, test } from 'vitest';
import { readLog } from './support/event-log.ts';
import { runningServer } from './support/running-server.ts';
import { framesOf, trpcSocket } from './support/trpc-socket.ts';

const MIB = 1_048_576;

test('[E10] an event over 1 MiB is refused where it is emitted, one just below goes in a frame of its own', async () => {
  const codes: unknown[] = [];
  const agent = functionAgent((_turn, session) => {
    const say = (data: string) => {
      try {
        session.log('info', 'large', data);
        codes.push('taken');
      } catch (error) {
        codes.push(isPerdureError(error) ? error.code : error);
      }
    };
    say('x'.repeat(MIB - 100));
    say('x'.repeat(MIB));
    say('é'.repeat(MIB / 2)); // bytes, not letters
  });
  await using server = await runningServer({ agents: { agent } });
  const client = server.client();
  const { id } = await client.sessions.create();
  const { runId = '' } = await client.session(id).submit('go');
  await client.session(id).run({ runId, wait: 30 });
  expect(codes).toEqual(['taken', 'invalid-event', 'invalid-event']);
  expect((await readLog(client, id)).filter((event) => event.type === 'log')).toHaveLength(1);

  for (let index = 0; index < 40; index += 1)
    await client.session(id).submit('y'.repeat(4_000), { run: false });
  using socket = await trpcSocket(server.url);
  socket.follow(1, { sessionId: id, from: 'beginning' });
  await socket.until((messages) => framesOf(messages, 1).at(-1)?.live);
  for (const frame of framesOf(socket.messages, 1)) {
    if (frame.kind !== 'events') throw new Error('No snapshot was asked for.');
    const isLarge = frame.events.some((event) => event.type === 'log');
    if (isLarge) expect(frame.events).toHaveLength(1);
    else expect(JSON.stringify(frame).length).toBeLessThanOrEqual(32_768);
  }
  expect(framesOf(socket.messages, 1).length).toBeGreaterThan(5);
});

test('[E10] a text of megabytes goes on in further blocks, none of whose events is over 1 MiB', async () => {
  const words = Array.from({ length: 500 }, (_none, index) => `${index}${'w'.repeat(3_999)} `);
  const agent = functionAgent(async (_turn, session) => {
    for (const word of words) if (!session.text(word)) await session.drained();
  });
  await using server = await runningServer({ agents: { agent } });
  const client = server.client();
  const { id } = await client.sessions.create();
  const { runId = '' } = await client.session(id).submit('go');
  expect((await client.session(id).run({ runId, wait: 30 })).status).toBe('completed');
  const events = await readLog(client, id);
  const complete = events.filter((event) => event.type === 'block:complete');
  const contents = complete.map((event) => (event.payload as { block: { content: string } }).block.content);
  expect(contents.length).toBeGreaterThan(1);
  expect(contents.join('')).toBe(words.join(''));
  for (const event of events) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(MIB);
});

test('[E10] a block that is fed without end is refused before its end could no longer be written', async () => {
  const agent = functionAgent(async (_turn, session) => {
    const block = { id: 'endless', type: 'assistant_text', status: 'pending', content: '' } as const;
    session.emit('block:start', { block });
    for (;;)
      if (!session.emit('block:delta', { blockId: 'endless', delta: 'x'.repeat(10_000) }))
        await session.drained();
  });
  await using server = await runningServer({ agents: { agent } });
  const client = server.client();
  const { id } = await client.sessions.create();
  const { runId = '' } = await client.session(id).submit('go');
  const run = await client.session(id).run({ runId, wait: 30 });
  expect(run).toMatchObject({ status: 'failed', error: { code: 'invalid-event' } });
  const events = await readLog(client, id);
  const [end] = events.filter((event) => event.type === 'block:complete');
  expect(end?.payload).toMatchObject({ block: { id: 'endless', status: 'error' } });
  for (const event of events) expect(JSON.stringify(event).length).toBeLessThanOrEqual(MIB);
});
