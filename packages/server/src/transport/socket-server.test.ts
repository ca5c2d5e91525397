import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { people } from '../../test/people.ts';
import { rawExchange, rawRequest } from '../../test/raw-exchange.ts';
import { runningServer } from '../../test/running-server.ts';
import { call, of, refusedUpgrade, testSocket } from '../../test/test-socket.ts';

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
    socket.send(call.hello(1));
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
    first.send(call.params({ token: 'ann' }));
    first.send(call.hello(1));
    await first.message(of(1));
    using third = await testSocket(`${server.url}/trpc?connectionParams=1`);
    using fourth = await testSocket(`${server.url}/trpc`, { headers: { authorization: 'Bearer ann' } });
    fourth.send(call.hello(1));
    await fourth.message(of(1));
    const fifth = await refusedUpgrade(`${server.url}/trpc`);
    expect([fifth.status, JSON.parse(fifth.body).error.details.limit]).toEqual([429, 'processSockets']);
    third.ws.close();
  });

  it('[E13] a crowd that comes back at once from one address is let in one after the other, and nobody is refused', async () => {
    await using server = await runningServer({
      authenticate: people,
      limits: { unauthenticatedSocketsPerPeer: 1 },
    });
    const come = async () => {
      using socket = await testSocket(`${server.url}/trpc?connectionParams=1`);
      socket.send(call.params({ token: 'ann' }));
      socket.send(call.hello(1));
      await socket.message(of(1));
    };
    await Promise.all(Array.from({ length: 20 }, come));
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

  it('[N8] one that is reset while its place is still being asked for is forgotten', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    await using server = await runningServer({
      limiter: {
        take: async () => undefined,
        hold: async (limit) => {
          if (limit === 'processSockets') {
            asked.resolve();
            await answer.promise;
          }
          return () => {};
        },
      },
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `GET /trpc HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await asked.promise;
    socket.resetAndDestroy();
    // The reset reaches the server before the answer of a request that is sent after it.
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
    answer.resolve();
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
  });

  it('[N8] a bad handshake is refused, and told what is wrong', async () => {
    await using server = await runningServer();
    const { port } = server;
    const answer = await rawExchange(
      port,
      `GET /trpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([400, 'invalid-input']);
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
  });
});
