import type { SessionRouter } from '@perdure/protocol/trpc';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { describe, expect, it } from 'vitest';
import { runningServer, withSession } from '../../test/running-server.ts';
import { call, codeOf, dataOf, of, testSocket } from '../../test/test-socket.ts';

describe('a socket', () => {
  it('[E2] an ordinary tRPC client follows, and every frame is tracked', async () => {
    await using server = await runningServer();
    await withSession(server);
    const client = createWSClient({ url: `${server.url.replace('http', 'ws')}/trpc` });
    const api = createTRPCClient<SessionRouter>({ links: [wsLink({ client })] });
    const types: string[] = [];
    const done = new Promise<void>((resolve, reject) => {
      api.sessions.follow.subscribe(
        { sessionId: 'a', from: 'beginning' },
        {
          onData: ({ id, data }) => {
            expect(id).toBe(data.cursor);
            if (data.kind === 'events') types.push(...data.events.map(({ type }) => type));
            if (types.at(-1) === 'run:completed') resolve();
          },
          onError: reject,
        },
      );
    });
    await api.sessions.submit.mutate({ sessionId: 'a', content: 'hello there' });
    await done;
    await client.close();
    expect(types.slice(0, 2)).toEqual(['session:created', 'message:queued']);
    expect(types).toContain('block:delta');
  });

  it('[N8] malformed messages, unknown procedures and wrong kinds are answered, and the socket lives', async () => {
    await using server = await runningServer();
    await withSession(server);
    using socket = await testSocket(`${server.url}/trpc`);
    socket.send('{');
    expect(codeOf(await socket.message((message) => message.id === null))).toBe('malformed-json');
    socket.send(call.query(1, 'sessions.nothing'));
    expect(codeOf(await socket.message(of(1)))).toBe('unknown-procedure');
    socket.send(call.query(2, 'sessions.create', {}));
    expect(codeOf(await socket.message(of(2)))).toBe('unknown-procedure');
    socket.send(call.query(3, 'sessions.get', { sessionId: 7 }));
    expect(codeOf(await socket.message(of(3)))).toBe('invalid-input');
    socket.send(call.query(4, '__proto__'));
    expect(codeOf(await socket.message(of(4)))).toBe('unknown-procedure');
    socket.send(call.follow(5, 'nope'));
    expect(codeOf(await socket.message(of(5)))).toBe('session-not-found');
    socket.send(call.follow(6, 'a', { lastEventId: 'rubbish' }));
    expect(codeOf(await socket.message((message) => message.id === 6 && message.error !== undefined))).toBe(
      'invalid-cursor',
    );
    socket.send([]);
    socket.send('7');
    socket.send('null');
    socket.ws.send(Buffer.from([0, 1, 2]));
    socket.send(call.hello(9));
    expect((await socket.message(of(9))).result?.data).toMatchObject({ protocol: [1] });
  });

  it('[N8] what is no call is told under its id, does no harm to those beside it, and is not open', async () => {
    await using server = await runningServer();
    using socket = await testSocket(`${server.url}/trpc`);
    const hello = { path: 'meta.hello', input: {} };
    const wrong = [
      { method: 'query', id: 1 },
      { method: 'query', id: 2, params: [] },
      { method: 'query', id: 3, params: { path: 7 } },
      { method: 'query', id: 4, params: { ...hello, lastEventId: 7 } },
      { method: 'nothing', id: 5, params: hello },
      { method: 'query', id: 6, params: hello, jsonrpc: '1.0' },
    ];
    socket.send([
      ...wrong,
      null,
      7,
      [],
      { id: 'x'.repeat(129), method: 'query', params: hello },
      call.hello(7),
    ]);
    expect((await socket.message(of(7))).result).toBeDefined();
    const codes = socket.messages
      .filter(({ error }) => error !== undefined)
      .map((message) => [message.id, codeOf(message)]);
    expect(codes).toEqual([1, 2, 3, 4, 5, 6, null, null, null, null].map((id) => [id, 'invalid-input']));
    // Their ids are free: a right call under one of them is answered.
    socket.send(wrong.map(({ id }) => call.hello(id)));
    for (const { id } of wrong) {
      const answer = await socket.message((message) => message.id === id && message.result !== undefined);
      expect(answer.result?.data).toBeDefined();
    }
  });

  it('[N12] one message of thousands of calls is answered two hundred times, and the rest as one', async () => {
    await using server = await runningServer();
    using socket = await testSocket(`${server.url}/trpc`);
    socket.send(Array.from({ length: 5_000 }, (_, id) => ({ id, method: 'query' })));
    socket.send(call.hello('last'));
    await socket.message(of('last'));
    expect(socket.messages.length).toBe(202);
    expect(socket.messages[200]?.id).toBeNull();
  });

  it('[N12] a flood is ended with 1013, and its sender is told', async () => {
    await using server = await runningServer();
    using socket = await testSocket(`${server.url}/trpc`);
    for (let count = 0; count < 2_000; count += 1) socket.ws.send('');
    expect(await socket.closed).toEqual({ code: 1013, reason: 'limit-exceeded' });
    expect(codeOf(socket.messages.at(-1))).toBe('limit-exceeded');
    expect(socket.messages.length).toBeLessThan(600);
  });

  it('[N12] so is one whose messages are large, though some of them are always in time', async () => {
    await using server = await runningServer({ limits: { socketMessagesPerSecond: 100 } });
    using socket = await testSocket(`${server.url}/trpc`);
    const calls = JSON.stringify(Array.from({ length: 20 }, (_, id) => ({ id, method: 'query' })));
    const sent = () => new Promise<boolean>((resolve) => socket.ws.send(calls, (error) => resolve(!error)));
    while (await sent());
    expect((await socket.closed).code).toBe(1013);
  });

  it.each(['ping', 'pong'] as const)('[N12] a flood of %s frames ends the socket, too', async (kind) => {
    await using server = await runningServer();
    using socket = await testSocket(`${server.url}/trpc`);
    for (let count = 0; count < 2_000; count += 1) socket.ws[kind]();
    expect([1006, 1013]).toContain((await socket.closed).code);
  });

  it('[N8] a message over the limit ends the socket with 1009, one at the limit does not', async () => {
    await using server = await runningServer({ limits: { messageBytes: 2_000 } });
    const sized = (bytes: number) => {
      const text = JSON.stringify(call.hello(1));
      return text + ' '.repeat(bytes - text.length);
    };
    using within = await testSocket(`${server.url}/trpc`);
    within.send(sized(2_000));
    expect((await within.message(of(1))).result?.data).toBeDefined();
    using over = await testSocket(`${server.url}/trpc`);
    over.send(sized(2_001));
    expect((await over.closed).code).toBe(1009);
  });

  it('[N12] 100 subscriptions open, the next is refused, and one that stops makes room', async () => {
    await using server = await runningServer({
      limits: { socketSubscriptions: 3, sessionFollowersPerPrincipal: 1_000 },
    });
    await withSession(server);
    using socket = await testSocket(`${server.url}/trpc`);
    socket.send([call.follow(1, 'a'), call.follow(2, 'a'), call.follow(3, 'a'), call.follow(4, 'a')]);
    expect(codeOf(await socket.message(of(4)))).toBe('too-many-streams');
    await socket.message(dataOf(3));
    socket.send(call.follow(3, 'a'));
    const again = await socket.message((message) => message.id === 3 && message.error !== undefined);
    expect(codeOf(again)).toBe('invalid-input');
    socket.send({ id: 1, method: 'subscription.stop' });
    await socket.message((message) => message.id === 1 && message.result?.type === 'stopped');
    socket.send(call.follow(5, 'a'));
    await socket.message(dataOf(5));
  });

  it('[N12] a batch of 10 calls is served, one of 11 refused', async () => {
    await using server = await runningServer();
    using socket = await testSocket(`${server.url}/trpc`);
    const calls = (count: number, from: number) =>
      Array.from({ length: count }, (_, at) => call.hello(from + at));
    socket.send(calls(10, 0));
    expect((await socket.message(of(9))).result).toBeDefined();
    socket.send(calls(11, 100));
    expect(codeOf(await socket.message(of(110)))).toBe('invalid-input');
  });

  it('[N12] what comes too fast is refused call by call, and the socket is not read meanwhile', async () => {
    await using server = await runningServer({ limits: { socketMessagesPerSecond: 1 } });
    using socket = await testSocket(`${server.url}/trpc`);
    for (const id of [1, 2, 3]) socket.send(call.hello(id));
    expect((await socket.message(of(1))).result).toBeDefined();
    const refused = await socket.message(of(2));
    expect(refused.error?.data.perdure).toMatchObject({
      code: 'limit-exceeded',
      details: { limit: 'socketMessagesPerSecond', max: 1 },
    });
    socket.send(call.hello(4));
    expect((await socket.message(({ id, result }) => id === 4 && result !== undefined)).result).toBeDefined();
  });

  it('[E18] a wrong protocol is told to each open call, then the socket ends with 4009', async () => {
    await using server = await runningServer();
    await withSession(server);
    using socket = await testSocket(`${server.url}/trpc?connectionParams=1`);
    socket.send(call.params({ protocol: '99' }));
    socket.send([call.follow(1, 'a'), call.hello(2)]);
    expect(await socket.closed).toEqual({ code: 4009, reason: 'protocol-mismatch' });
    expect(socket.messages.map((message) => [message.id, codeOf(message)])).toEqual([
      [1, 'protocol-mismatch'],
      [2, 'protocol-mismatch'],
    ]);
    expect(socket.messages[0]?.error?.data.perdure.details).toEqual({ supported: [1] });
  });

  it('[B14] REST answers another protocol version with what is supported', async () => {
    await using server = await runningServer();
    const answer = await server.ask('GET', '/v1/hello', { headers: { 'perdure-protocol': '2' } });
    expect([answer.status, answer.error?.code]).toEqual([412, 'protocol-mismatch']);
    expect(answer.error?.details).toEqual({ supported: [1] });
    expect((await server.ask('GET', '/v1/hello', { headers: { 'perdure-protocol': '1' } })).status).toBe(200);
  });
});
