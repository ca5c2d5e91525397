import { connect } from 'node:net';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import type { SessionRouter } from '@perdure/protocol/trpc';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rawRequest } from '../../test/raw-exchange.ts';
import { type RunningServer, runningServer } from '../../test/running-server.ts';
import { codeOf, refusedUpgrade, testSocket, type WireMessage } from '../../test/test-socket.ts';
import type { AuthenticationRequest } from '../access/authenticator.ts';
import type { KnownPrincipal } from '../access/function-authenticator.ts';

const follow = (id: number | string, sessionId: string, input: object = {}) => ({
  id,
  method: 'subscription',
  params: { path: 'sessions.follow', input: { sessionId, ...input } },
});
const query = (id: number | string, path: string, input?: unknown) => ({
  id,
  method: 'query',
  params: { path, input },
});
const params = (data: object) => ({ method: 'connectionParams', data });
const of = (id: number | string) => (message: WireMessage) => message.id === id;
const dataOf = (id: number | string) => (message: WireMessage) =>
  message.id === id && message.result?.type === 'data';

/** `ann` and `bob` by their names; `soon` expires in a moment; `slow` is never answered; `broken` throws. */
const people = ({ credential }: AuthenticationRequest): KnownPrincipal | null | Promise<null> => {
  switch (credential) {
    case 'ann':
    case 'bob':
      return { id: credential };
    case 'soon':
      return { id: 'ann', expiresAt: Date.now() + 300 };
    case 'slow':
      return new Promise(() => {});
    case 'broken':
      throw new Error('db at /srv/secret');
    default:
      return null;
  }
};

async function withSession(server: RunningServer, token?: string): Promise<void> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  expect((await server.ask('POST', '/v1/sessions', { body: { id: 'a' }, headers })).status).toBe(201);
}

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
    socket.send(query(1, 'sessions.nothing'));
    expect(codeOf(await socket.message(of(1)))).toBe('unknown-procedure');
    socket.send(query(2, 'sessions.create', {}));
    expect(codeOf(await socket.message(of(2)))).toBe('unknown-procedure');
    socket.send(query(3, 'sessions.get', { sessionId: 7 }));
    expect(codeOf(await socket.message(of(3)))).toBe('invalid-input');
    socket.send(query(4, '__proto__'));
    expect(codeOf(await socket.message(of(4)))).toBe('unknown-procedure');
    socket.send(follow(5, 'nope'));
    expect(codeOf(await socket.message(of(5)))).toBe('session-not-found');
    socket.send(follow(6, 'a', { lastEventId: 'rubbish' }));
    expect(codeOf(await socket.message((message) => message.id === 6 && message.error !== undefined))).toBe(
      'invalid-cursor',
    );
    socket.send([]);
    socket.send('7');
    socket.send('null');
    socket.ws.send(Buffer.from([0, 1, 2]));
    socket.send(query(9, 'meta.hello', {}));
    expect((await socket.message(of(9))).result?.data).toMatchObject({ protocol: [1] });
  });

  it('[N8] a message over the limit ends the socket with 1009, one at the limit does not', async () => {
    await using server = await runningServer({ limits: { messageBytes: 2_000 } });
    const sized = (bytes: number) => {
      const text = JSON.stringify(query(1, 'meta.hello', {}));
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
    socket.send([follow(1, 'a'), follow(2, 'a'), follow(3, 'a'), follow(4, 'a')]);
    expect(codeOf(await socket.message(of(4)))).toBe('too-many-streams');
    await socket.message(dataOf(3));
    socket.send(follow(3, 'a'));
    const again = await socket.message((message) => message.id === 3 && message.error !== undefined);
    expect(codeOf(again)).toBe('invalid-input');
    socket.send({ id: 1, method: 'subscription.stop' });
    await socket.message((message) => message.id === 1 && message.result?.type === 'stopped');
    socket.send(follow(5, 'a'));
    await socket.message(dataOf(5));
  });

  it('[N12] a batch of 10 calls is served, one of 11 refused', async () => {
    await using server = await runningServer();
    using socket = await testSocket(`${server.url}/trpc`);
    const calls = (count: number, from: number) =>
      Array.from({ length: count }, (_, at) => query(from + at, 'meta.hello', {}));
    socket.send(calls(10, 0));
    expect((await socket.message(of(9))).result).toBeDefined();
    socket.send(calls(11, 100));
    expect(codeOf(await socket.message(of(110)))).toBe('invalid-input');
  });

  it('[N12] a flood is refused call by call and the socket is not read meanwhile', async () => {
    await using server = await runningServer();
    using socket = await testSocket(`${server.url}/trpc`);
    for (let id = 1; id <= 21; id++) socket.send(query(id, 'meta.hello', {}));
    const refused = await socket.message((message) => message.error !== undefined);
    expect(refused.id).toBe(21);
    expect(refused.error?.data.perdure).toMatchObject({
      code: 'limit-exceeded',
      details: { limit: 'socketMessagesPerSecond', max: 20 },
    });
    socket.send(query(50, 'meta.hello', {}));
    expect((await socket.message(of(50))).result).toBeDefined();
  });

  it('[E18] a wrong protocol is told to each open call, then the socket ends with 4009', async () => {
    await using server = await runningServer();
    await withSession(server);
    using socket = await testSocket(`${server.url}/trpc?connectionParams=1`);
    socket.send(params({ protocol: '99' }));
    socket.send([follow(1, 'a'), query(2, 'meta.hello', {})]);
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

describe('who a socket is', () => {
  it('[N4] a token in connectionParams or in the header lets in; none or a wrong one gets no event and 4001', async () => {
    await using server = await runningServer({ authenticate: people });
    await withSession(server, 'ann');
    using announced = await testSocket(`${server.url}/trpc?connectionParams=1`);
    announced.send(params({ token: 'ann' }));
    announced.send(follow(1, 'a'));
    await announced.message(dataOf(1));
    using header = await testSocket(`${server.url}/trpc`, { headers: { authorization: 'Bearer ann' } });
    header.send(follow(1, 'a'));
    await header.message(dataOf(1));

    for (const token of [undefined, 'nobody']) {
      using socket = await testSocket(`${server.url}/trpc?connectionParams=1`);
      socket.send(params(token === undefined ? {} : { token }));
      socket.send(follow(1, 'a'));
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
    socket.send([follow(1, 'a'), follow(2, 'b')]);
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
    socket.send([follow(1, 'a'), follow('two', 'a')]);
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
    expect(await ends(query(1, 'meta.hello', {}))).toEqual([4001, 'invalid-input']);
    expect(await ends('{')).toEqual([4001, 'malformed-json']);
    expect(await ends('null')).toEqual([4001, 'invalid-input']);
    expect(await ends(params({ token: 'x'.repeat(4_096) }))).toEqual([4001, 'payload-too-large']);
  });

  it('[N3] a login that throws or never answers fails that socket alone, and says nothing of itself', async () => {
    await using server = await runningServer({ authenticate: people, limits: { handshakeTimeoutMs: 200 } });
    for (const token of ['broken', 'slow']) {
      using socket = await testSocket(`${server.url}/trpc`, {
        headers: { authorization: `Bearer ${token}` },
      });
      socket.send(query(1, 'meta.hello', {}));
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
      socket.send(query(1, 'meta.hello', {}));
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

describe('an upgrade', () => {
  it('[N8] passes the same gate as a request', async () => {
    await using server = await runningServer({ authenticate: people });
    const refused = async (path: string, headers: Record<string, string> = {}) => {
      const { status, body } = await refusedUpgrade(`${server.url}${path}`, { headers });
      return [status, JSON.parse(body).error.code];
    };
    expect(await refused('/trpc', { Host: 'evil.example' })).toEqual([421, 'unknown-host']);
    expect(await refused('/trpc', { Origin: 'https://evil.example' })).toEqual([403, 'origin-refused']);
    expect(await refused('/trpc', { Origin: 'null' })).toEqual([403, 'origin-refused']);
    expect(await refused('/trpc', { 'Sec-Fetch-Site': 'cross-site' })).toEqual([403, 'cross-site-refused']);
    expect(await refused('/trpc?token=ann')).toEqual([400, 'credential-in-url']);
    expect(await refused('/other')).toEqual([404, 'unknown-procedure']);
    using socket = await testSocket(`${server.url}/trpc`, {
      headers: { authorization: 'Bearer ann', Origin: server.url },
    });
    socket.send(query(1, 'meta.hello', {}));
    await socket.message(of(1));
  });

  it('[N12] sockets of the whole process, and those that have not said who they are, are bounded', async () => {
    await using server = await runningServer({
      authenticate: people,
      limits: { processSockets: 3, unauthenticatedSocketsPerPeer: 1 },
    });
    using first = await testSocket(`${server.url}/trpc?connectionParams=1`);
    const second = await refusedUpgrade(`${server.url}/trpc?connectionParams=1`);
    expect(JSON.parse(second.body).error).toMatchObject({
      details: { limit: 'unauthenticatedSocketsPerPeer', max: 1 },
    });
    first.send(params({ token: 'ann' }));
    first.send(query(1, 'meta.hello', {}));
    await first.message(of(1));
    using third = await testSocket(`${server.url}/trpc?connectionParams=1`);
    using fourth = await testSocket(`${server.url}/trpc`, { headers: { authorization: 'Bearer ann' } });
    fourth.send(query(1, 'meta.hello', {}));
    await fourth.message(of(1));
    const fifth = await refusedUpgrade(`${server.url}/trpc`);
    expect([fifth.status, JSON.parse(fifth.body).error.details.limit]).toEqual([429, 'processSockets']);
    third.ws.close();
  });

  it('[N8] one that is reset in the middle harms nobody', async () => {
    let judged = 0;
    await using server = await runningServer({
      authenticate: () => {
        judged += 1;
        return null;
      },
    });
    const { port } = server;
    const upgrade = rawRequest('GET /trpc', [
      `Host: 127.0.0.1:${port}`,
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]).replace('Connection: close', 'Connection: Upgrade');
    for (let round = 0; round < 50; round++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(upgrade.slice(0, 40 + round * 3), () => socket.resetAndDestroy());
    }
    for (let round = 0; round < 50; round++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(upgrade, () => socket.resetAndDestroy());
    }
    await expect
      .poll(() => judged >= 0 && server.ask('GET', '/v1/hello').then(({ status }) => status))
      .toBe(200);
  });

  it('[N8] a bad handshake is refused and the server lives', async () => {
    await using server = await runningServer();
    const { port } = server;
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const closed = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('close', () => resolve(text));
    });
    socket.write(
      `GET /trpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await closed;
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
  });
});
