import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type RunningServer, runningServer } from '../../test/running-server.ts';

const MEBIBYTE = 1_048_576;
const chunk = Buffer.alloc(65_536, 32);

/** A body of blanks, and how much of it was taken. */
function blanks(mebibytes: number) {
  const taken = { bytes: 0 };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (taken.bytes >= mebibytes * MEBIBYTE) {
        controller.close();
        return;
      }
      taken.bytes += chunk.length;
      controller.enqueue(chunk);
    },
  });
  return { body, taken };
}

const post = (
  server: RunningServer,
  body: ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
) =>
  fetch(`${server.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    duplex: 'half',
  } as RequestInit);

function client(port: number): { readonly socket: Socket; text(): string; readonly closed: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (data) => {
    received += String(data);
  });
  socket.on('error', () => {});
  return {
    socket,
    text: () => received,
    closed: new Promise((resolve) => socket.on('close', () => resolve())),
  };
}

describe('bodies', () => {
  it('[N8] 200 MiB of chunks are answered 413 after the first of them, and the rest is not read', async () => {
    await using server = await runningServer();
    const { body, taken } = blanks(200);
    const response = await post(server, body);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 'payload-too-large' } });
    expect(taken.bytes).toBeLessThan(50 * MEBIBYTE);
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
  });

  it('[N8] 200 MiB that are told of are answered 413 and the connection ends', async () => {
    await using server = await runningServer();
    const { socket, text, closed } = client(server.port);
    socket.write(
      `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\nContent-Length: ${200 * MEBIBYTE}\r\n\r\n`,
    );
    let isOpen = true;
    void closed.then(() => {
      isOpen = false;
    });
    while (isOpen) {
      socket.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(text()).toMatch(/^HTTP\/1\.1 413 .*\r\n/);
    expect(text().toLowerCase()).toContain('\r\nconnection: close\r\n');
    expect(socket.bytesWritten).toBeLessThan(100 * MEBIBYTE);
  });

  it('[N8] a client that asks before it sends is told no without sending, or to go on', async () => {
    await using server = await runningServer();
    const head = (bytes: number) =>
      `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
    const large = client(server.port);
    large.socket.write(head(200 * MEBIBYTE));
    await large.closed;
    expect(large.text()).toMatch(/^HTTP\/1\.1 413 /);
    const small = client(server.port);
    small.socket.write(head(2));
    await expect.poll(small.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    small.socket.write('{}');
    await small.closed;
    expect(small.text()).toContain('HTTP/1.1 201 ');
  });

  it('[N4] the body of one who may not is not read, and the connection ends', async () => {
    await using server = await runningServer({ tokens: ['a-token'] });
    const { body, taken } = blanks(200);
    const response = await post(server, body);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(taken.bytes).toBeLessThan(50 * MEBIBYTE);
  });

  it('[N8] a body that was read leaves the connection open for the next request', async () => {
    await using server = await runningServer();
    const { socket, text } = client(server.port);
    for (let count = 1; count <= 3; count++) {
      socket.write(
        `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      );
      await expect.poll(() => text().split('HTTP/1.1 201 ').length - 1).toBe(count);
    }
    expect(text().toLowerCase()).not.toContain('connection: close');
    socket.destroy();
  });

  it('[N8] a request that breaks off in its body harms nobody', async () => {
    await using server = await runningServer();
    for (let count = 0; count < 20; count++) {
      const { socket, closed } = client(server.port);
      socket.write(
        `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"id":`,
        () => socket.resetAndDestroy(),
      );
      await closed;
    }
    expect((await server.ask('GET', '/v1/sessions?count=true')).body).toMatchObject({ count: 0 });
  });

  it('[N8] pages of a named origin are let in, and told so before they send', async () => {
    await using server = await runningServer({ origins: ['https://app.example'] });
    const preflight = (origin: string) =>
      fetch(`${server.url}/v1/sessions`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      });
    const allowed = await preflight('https://app.example');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
    expect((await preflight('https://evil.example')).status).toBe(403);
    const answer = await server.ask('GET', '/v1/hello', { headers: { origin: 'https://app.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
    expect((await server.ask('GET', '/v1/hello')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('[N12] a hundred requests at once over one connection are too many, a few are not', async () => {
    await using server = await runningServer();
    const hello = `GET /v1/hello HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`;
    const statuses = (text: string) =>
      [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
    const few = client(server.port);
    few.socket.write(hello.repeat(10));
    await expect.poll(() => statuses(few.text()).length).toBe(10);
    expect(new Set(statuses(few.text()))).toEqual(new Set([200]));
    few.socket.write(hello.repeat(10));
    await expect.poll(() => statuses(few.text()).length).toBe(20);
    few.socket.destroy();

    const many = client(server.port);
    many.socket.write(hello.repeat(100));
    await many.closed;
    expect(statuses(many.text())).toEqual([...Array.from({ length: 16 }, () => 200), 429]);
    expect(many.text()).toContain('"limit-exceeded"');
  });
});
