import type { SessionRouter } from '@perdure/protocol/trpc';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { describe, expect, it } from 'vitest';
import { people } from '../../test/people.ts';
import { runningServer, withSession } from '../../test/running-server.ts';
import { call, codeOf, dataOf, of, testSocket } from '../../test/test-socket.ts';

describe('who a socket is', () => {
  it('[N4] a token in connectionParams or in the header lets in; none or a wrong one gets no event and 4001', async () => {
    await using server = await runningServer({ authenticate: people });
    await withSession(server, 'ann');
    using announced = await testSocket(`${server.url}/trpc?connectionParams=1`);
    announced.send(call.params({ token: 'ann' }));
    announced.send(call.follow(1, 'a'));
    await announced.message(dataOf(1));
    using header = await testSocket(`${server.url}/trpc`, { headers: { authorization: 'Bearer ann' } });
    header.send(call.follow(1, 'a'));
    await header.message(dataOf(1));

    for (const token of [undefined, 'nobody']) {
      using socket = await testSocket(`${server.url}/trpc?connectionParams=1`);
      socket.send(call.params(token === undefined ? {} : { token }));
      socket.send(call.follow(1, 'a'));
      expect((await socket.closed).code).toBe(4001);
      expect(socket.messages.map((message) => [message.id, codeOf(message)])).toEqual([
        [1, 'unauthenticated'],
      ]);
    }
    using silent = await testSocket(`${server.url}/trpc`);
    expect((await silent.closed).code).toBe(4001);
    expect(silent.messages.map((message) => [message.id, codeOf(message)])).toEqual([
      [null, 'unauthenticated'],
    ]);
  });

  it('[N5] a stranger is answered exactly as if the session were not there', async () => {
    await using server = await runningServer({ authenticate: people });
    await withSession(server, 'ann');
    using socket = await testSocket(`${server.url}/trpc`, { headers: { authorization: 'Bearer bob' } });
    socket.send([call.follow(1, 'a'), call.follow(2, 'b')]);
    const [foreign, missing] = [await socket.message(of(1)), await socket.message(of(2))];
    expect(
      JSON.stringify(foreign)
        .replaceAll('"a"', '"b"')
        .replaceAll('\\"a\\"', '\\"b\\"')
        .replace('"id":1', '"id":2'),
    ).toBe(JSON.stringify(missing));
  });

  it('[E13] a plain tRPC client that is refused makes fewer than 5 connections in 10 s', {
    timeout: 20_000,
  }, async () => {
    await using server = await runningServer({ authenticate: people });
    let opened = 0;
    const client = createWSClient({
      url: `${server.url.replace('http', 'ws')}/trpc`,
      connectionParams: { token: 'nobody' },
      onOpen: () => {
        opened += 1;
      },
    });
    const api = createTRPCClient<SessionRouter>({ links: [wsLink({ client })] });
    const codes: unknown[] = [];
    api.sessions.follow.subscribe(
      { sessionId: 'a' },
      { onError: (error) => codes.push(error.data?.perdure.code) },
    );
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await client.close();
    expect(opened).toBeLessThan(5);
    expect(codes).toEqual(['unauthenticated']);
  });

  it('[N6] an expired credential ends the socket with 4001 after an error frame for each open call', async () => {
    await using server = await runningServer({ authenticate: people });
    await withSession(server, 'ann');
    using socket = await testSocket(`${server.url}/trpc`, { headers: { authorization: 'Bearer soon' } });
    socket.send([call.follow(1, 'a'), call.follow('two', 'a')]);
    await socket.message(dataOf('two'));
    expect(await socket.closed).toEqual({ code: 4001, reason: 'unauthenticated' });
    const ends = socket.messages.filter(({ error }) => error !== undefined);
    expect(ends.map((message) => [message.id, codeOf(message)])).toEqual([
      [1, 'unauthenticated'],
      ['two', 'unauthenticated'],
    ]);
    expect(ends[0]?.error?.data.perdure.details).toEqual({ reason: 'expired' });
  });

  it('[N8] connectionParams that were announced must come first, be small, and come soon', async () => {
    await using server = await runningServer({ authenticate: people, limits: { handshakeTimeoutMs: 200 } });
    const ends = async (...messages: readonly unknown[]) => {
      using socket = await testSocket(`${server.url}/trpc?connectionParams=1`);
      for (const message of messages) socket.send(message);
      const { code } = await socket.closed;
      return [code, codeOf(socket.messages[0])];
    };
    expect(await ends()).toEqual([4001, 'unauthenticated']);
    expect(await ends(call.hello(1))).toEqual([4001, 'invalid-input']);
    expect(await ends('{')).toEqual([4001, 'malformed-json']);
    expect(await ends('null')).toEqual([4001, 'invalid-input']);
    expect(await ends(call.params({ token: 'x'.repeat(4_096) }))).toEqual([4001, 'payload-too-large']);
  });

  it('[N8] a socket is not read from until its login has answered', async () => {
    const answer = Promise.withResolvers<void>();
    await using server = await runningServer({
      authenticate: async () => {
        await answer.promise;
        return { id: 'ann' };
      },
    });
    using socket = await testSocket(`${server.url}/trpc?connectionParams=1`);
    socket.send(call.params({ token: 'ann' }));
    // More than the buffers of both kernels take.
    for (let count = 0; count < 200; count++) socket.send(' '.repeat(250_000));
    let before = 0;
    await expect
      .poll(
        () => {
          const isStill = socket.ws.bufferedAmount === before;
          before = socket.ws.bufferedAmount;
          return isStill;
        },
        { interval: 200 },
      )
      .toBe(true);
    expect(socket.ws.bufferedAmount).toBeGreaterThan(10_000_000);
    answer.resolve();
    await socket.message(({ error }) => error !== undefined);
  });

  it('[N3] a login that throws or never answers fails that socket alone, and says nothing of itself', async () => {
    await using server = await runningServer({ authenticate: people, limits: { handshakeTimeoutMs: 200 } });
    for (const token of ['broken', 'slow']) {
      using socket = await testSocket(`${server.url}/trpc`, {
        headers: { authorization: `Bearer ${token}` },
      });
      socket.send(call.hello(1));
      expect((await socket.closed).code).toBe(1011);
      expect(codeOf(socket.messages[0])).toBe('internal');
      expect(JSON.stringify(socket.messages)).not.toContain('secret');
    }
    const answer = await server.ask('GET', '/v1/sessions', { headers: { authorization: 'Bearer broken' } });
    expect([answer.status, answer.error?.code]).toEqual([500, 'internal']);
    expect((await server.ask('GET', '/v1/hello')).body).toMatchObject({ principal: null });
  });

  it('[E11] one socket more than a principal may have is refused, and one that leaves makes room', async () => {
    await using server = await runningServer({ authenticate: people, limits: { principalSockets: 2 } });
    const open = () => testSocket(`${server.url}/trpc`, { headers: { authorization: 'Bearer ann' } });
    const answers = async (socket: Awaited<ReturnType<typeof open>>) => {
      socket.send(call.hello(1));
      return codeOf(await socket.message(of(1)));
    };
    using first = await open();
    using second = await open();
    expect([await answers(first), await answers(second)]).toEqual([undefined, undefined]);
    using third = await open();
    expect(await answers(third)).toBe('limit-exceeded');
    expect((await third.closed).code).toBe(1013);
    first.ws.close();
    await first.closed;
    await expect
      .poll(async () => {
        using socket = await open();
        return await answers(socket);
      })
      .toBeUndefined();
  });
});
