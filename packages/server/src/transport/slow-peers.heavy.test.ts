import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { runningServer } from '../../test/running-server.ts';
import { testSocket } from '../../test/test-socket.ts';

// These wait for the server's own patience to end, so they take as long as it has.

const secondsUntil = async (end: Promise<unknown>): Promise<number> => {
  const startedAtMs = performance.now();
  await end;
  return (performance.now() - startedAtMs) / 1_000;
};

describe('peers that say nothing', () => {
  it('[E12] a socket that answers no ping is given up within 40 s, one that does stays', async () => {
    await using server = await runningServer();
    using alive = await testSocket(`${server.url}/trpc`);
    const dead = new WebSocket(`${server.url.replace('http', 'ws')}/trpc`);
    await once(dead, 'open');
    const seconds = await secondsUntil(once(dead, 'close'));
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThan(40);
    alive.send({ id: 1, method: 'query', params: { path: 'meta.hello', input: {} } });
    expect((await alive.message(({ id }) => id === 1)).result).toBeDefined();
  });

  it('[N12] a request whose headers do not end is cut after 10 s', async () => {
    await using server = await runningServer();
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /v1/hello HTTP/1.1\r\nHost: ');
    const seconds = await secondsUntil(once(socket, 'close'));
    expect(seconds).toBeGreaterThan(8);
    expect(seconds).toBeLessThan(14);
  });

  it('[N12] a body that does not come is cut after 30 s', async () => {
    await using server = await runningServer();
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{`,
    );
    const seconds = await secondsUntil(once(socket, 'close'));
    expect(seconds).toBeGreaterThan(25);
    expect(seconds).toBeLessThan(36);
  });
});
