import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { runningServer } from '../../test/running-server.ts';
import { testSocket } from '../../test/test-socket.ts';
import { functionAgent } from '../environment/function-agent.ts';

// These wait for the server's own patience to end, so they take as long as it has.

const secondsUntil = async (end: Promise<unknown>): Promise<number> => {
  const startedAtMs = performance.now();
  await end;
  return (performance.now() - startedAtMs) / 1_000;
};

describe('peers that say nothing', () => {
  it('[E12] a socket that answers no ping is given up within 40 s, also if it asks for pongs; one that does stays', async () => {
    await using server = await runningServer();
    using alive = await testSocket(`${server.url}/trpc`);
    const dead = new WebSocket(`${server.url.replace('http', 'ws')}/trpc`);
    const deaf = new WebSocket(`${server.url.replace('http', 'ws')}/trpc`);
    await Promise.all([once(dead, 'open'), once(deaf, 'open')]);
    const pongs: string[] = [];
    deaf.on('message', (data) => pongs.push(String(data)));
    const asking = setInterval(() => deaf.send('PING'), 5_000);
    for (const seconds of await Promise.all([dead, deaf].map((ws) => secondsUntil(once(ws, 'close'))))) {
      expect(seconds).toBeGreaterThan(30);
      expect(seconds).toBeLessThan(40);
    }
    clearInterval(asking);
    expect(pongs.filter((text) => text === 'PONG').length).toBeGreaterThan(4);
    alive.send({ id: 1, method: 'query', params: { path: 'meta.hello', input: {} } });
    expect((await alive.message(({ id }) => id === 1)).result).toBeDefined();
  });
});

describe('peers that do not read', () => {
  it('[E9] a stalled socket is closed with 4008, costs nobody else, and resumes with nothing lost', async () => {
    // More than the kernel's buffers of both ends take, so that the server feels it.
    const talker = functionAgent(async (_turn, session) => {
      for (let count = 0; count < 1_000; count++) {
        if (!session.log('info', 'x'.repeat(30_000))) await session.drained();
      }
    });
    await using server = await runningServer({ agents: { talker } });
    await server.ask('POST', '/v1/sessions', { body: { id: 'a' } });
    const follow = (lastEventId?: string) => ({
      id: 1,
      method: 'subscription',
      params: {
        path: 'sessions.follow',
        input: { sessionId: 'a', from: 'beginning', ...(lastEventId === undefined ? {} : { lastEventId }) },
      },
    });
    using reader = await testSocket(`${server.url}/trpc`);
    using stalled = await testSocket(`${server.url}/trpc`);
    reader.send(follow());
    stalled.send(follow());
    await stalled.message(({ result }) => result?.type === 'data');
    stalled.ws.pause();
    await server.ask('POST', '/v1/sessions/a/messages', { body: { content: 'talk' } });
    await reader.message(({ result }) => JSON.stringify(result ?? '').includes('"run:completed"'));
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    stalled.ws.resume();
    expect(await stalled.closed).toEqual({ code: 4008, reason: 'stalled' });

    using resumed = await testSocket(`${server.url}/trpc`);
    resumed.send(follow(stalled.messages.findLast(({ result }) => result?.id !== undefined)?.result?.id));
    await resumed.message(({ result }) => JSON.stringify(result ?? '').includes('"run:completed"'));
    const placesOf = (messages: typeof stalled.messages) =>
      messages.flatMap(({ result }) => {
        const { data } = (result?.data ?? {}) as { data?: { after: number; through: number } };
        return data === undefined ? [] : [data];
      });
    let place = 0;
    for (const { after, through } of [...placesOf(stalled.messages), ...placesOf(resumed.messages)]) {
      expect(after).toBe(place);
      place = through;
    }
    expect(place).toBe(placesOf(reader.messages).at(-1)?.through);
  });

  it('[E9] one that asks for megabytes and reads none is closed with 4008, though it says without end that it is there', async () => {
    const talker = functionAgent(async (_turn, session) => {
      for (let count = 0; count < 60; count++) {
        if (!session.log('info', 'x'.repeat(30_000))) await session.drained();
      }
    });
    await using server = await runningServer({ agents: { talker } });
    await server.ask('POST', '/v1/sessions', { body: { id: 'a' } });
    const sent = await server.ask('POST', '/v1/sessions/a/messages', { body: { content: 'talk' } });
    const { runId } = sent.body as { readonly runId: string };
    await server.ask('GET', `/v1/sessions/a/runs/${runId}?wait=20`);
    using deaf = await testSocket(`${server.url}/trpc`);
    deaf.ws.pause();
    const input = { sessionId: 'a', limit: 100 };
    const page = (id: number) => ({ id, method: 'query', params: { path: 'sessions.events', input } });
    deaf.send(Array.from({ length: 10 }, (_, index) => page(index)));
    const saying = setInterval(() => {
      for (const text of ['PONG', 'PING']) deaf.ws.send(text);
    }, 500);
    await new Promise((resolve) => setTimeout(resolve, 13_000));
    clearInterval(saying);
    deaf.ws.resume();
    deaf.send({ id: 99, method: 'query', params: { path: 'meta.hello', input: {} } });
    const lives = deaf
      .message(({ id }) => id === 99)
      .then(
        () => 'it lives',
        () => deaf.closed,
      );
    expect(await Promise.race([deaf.closed, lives])).toMatchObject({ code: 4008 });
  });
});
