import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { facts } from '../e2e/support/facts.ts';
import { type FaultyProxyOptions, faultyProxy } from './faulty-proxy.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** One end of a connection that writes down what it hears. */
function endOf(socket: Socket) {
  const { tell, until } = facts();
  const chunks: Buffer[] = [];
  let heardBytes = 0;
  const heard = () => Buffer.concat(chunks);
  const told: string[] = [];
  socket.on('data', (bytes: Buffer) => {
    chunks.push(bytes);
    heardBytes += bytes.length;
    tell();
  });
  for (const name of ['end', 'close'] as const) {
    socket.on(name, () => {
      told.push(name);
      tell();
    });
  }
  socket.on('error', (error: NodeJS.ErrnoException) => told.push(error.code ?? ''));
  return {
    socket,
    told,
    heard,
    hears: (text: string) => until(() => heard().toString('latin1') === text),
    hearsBytes: (count: number) => until(() => heardBytes >= count),
    isTold: (name: string) => until(() => told.includes(name)),
  };
}

async function scenario(options: FaultyProxyOptions = {}) {
  const accepted: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    accepted.push(socket),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await faultyProxy({ target: (server.address() as AddressInfo).port, ...options });
  endings.push(
    () => server.close(),
    () => proxy[Symbol.asyncDispose](),
    () => {
      for (const socket of accepted) socket.destroy();
    },
  );
  const join = async () => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    endings.push(() => socket.destroy());
    const number = proxy.connections.length;
    await once(socket, 'connect');
    const [connection] = await Promise.all([
      proxy.connection(number),
      expect.poll(() => accepted.length).toBe(number + 1),
    ]);
    return { client: endOf(socket), server: endOf(accepted.at(-1) as Socket), connection };
  };
  return { proxy, join };
}

test('passes both ways what comes, counts it, and passes on the end of one half alone', async () => {
  const { join } = await scenario({ isRecorded: true });
  const { client, server, connection } = await join();
  client.socket.write('to the server');
  server.socket.write('to the client');
  await Promise.all([server.hears('to the server'), client.hears('to the client')]);
  expect([connection.up.passedBytes, connection.down.passedBytes]).toEqual([13, 13]);
  expect(String(connection.down.recorded)).toBe('to the client');
  client.socket.end();
  await server.isTold('end');
  server.socket.write(', after its end');
  await client.hears('to the client, after its end');
  server.socket.end();
  await client.isTold('close');
  expect(connection.isOpen).toBe(false);
});

test('ends one half by itself when told to', async () => {
  const { join } = await scenario();
  const { client, server, connection } = await join();
  connection.down.halfClose();
  await client.isTold('end');
  client.socket.write('still here');
  await server.hears('still here');
  expect(server.told).toEqual([]);
});

test('passes on that a peer has reset the connection', async () => {
  const { join } = await scenario();
  const { client, server } = await join();
  server.socket.resetAndDestroy();
  await client.isTold('ECONNRESET');
});

test('cuts after exactly so many bytes of one way', async () => {
  for (const cutAfterBytes of [0, 1, 7, 10]) {
    const { join } = await scenario({ faultsOf: () => ({ down: { cutAfterBytes } }) });
    const { client, server, connection } = await join();
    client.socket.write('a request');
    await server.hears('a request');
    server.socket.write('0123456');
    server.socket.write('789');
    await client.isTold('end');
    expect(String(client.heard())).toBe('0123456789'.slice(0, cutAfterBytes));
    await server.isTold('end');
    expect(connection.isOpen).toBe(false);
  }
});

test('a black hole passes nothing on, not even an end, and holds nothing back for later', async () => {
  const { join } = await scenario();
  const { client, server, connection } = await join();
  connection.down.set({ isBlackHole: true });
  server.socket.write('lost');
  server.socket.end();
  client.socket.write('heard');
  await server.hears('heard');
  connection.down.set({ isBlackHole: false });
  connection.down.inject(Buffer.from('afterwards'));
  await client.hears('afterwards');
  expect(connection.down.passedBytes).toBe('afterwards'.length);
});

test('a peer that is gone behind a black hole is not told of', async () => {
  const { join } = await scenario();
  const { client, server, connection } = await join();
  for (const way of [connection.up, connection.down]) way.set({ isBlackHole: true });
  server.socket.resetAndDestroy();
  await server.isTold('close');
  client.socket.write('nobody is there');
  await expect.poll(() => client.socket.writableLength).toBe(0);
  expect(client.told).toEqual([]);
  expect(connection.isOpen).toBe(true);
});

test('stops reading, so that the sender feels it, and goes on with nothing lost', async () => {
  const { join } = await scenario();
  const { client, server, connection } = await join();
  connection.down.set({ isStalled: true });
  const size = 24 * 1_024 * 1_024; // more than the buffers of the kernel
  const bytes = Buffer.alloc(size, 'x');
  let isDrained = false;
  server.socket.write(bytes, () => {
    isDrained = true;
  });
  await expect.poll(() => server.socket.writableLength).toBe(size);
  expect(connection.down.passedBytes).toBe(0);
  expect(isDrained).toBe(false);
  connection.down.set({ isStalled: false });
  await client.hearsBytes(size);
  expect(client.heard().equals(bytes)).toBe(true);
});

test('a receiver that does not read makes it hold no more than its bound', async () => {
  const { join } = await scenario();
  const { client, server, connection } = await join();
  client.socket.pause();
  const size = 48 * 1_024 * 1_024;
  server.socket.write(Buffer.alloc(size, 'x'));
  await expect.poll(() => connection.down.passedBytes).toBeGreaterThan(0);
  const passed = async () => {
    const before = connection.down.passedBytes;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return connection.down.passedBytes - before;
  };
  await expect.poll(passed, { timeout: 10_000 }).toBe(0);
  expect(connection.down.passedBytes).toBeLessThan(size / 2);
  client.socket.resume();
  await client.hearsBytes(size);
});

test('flips bits of one byte, wherever the pieces begin, of the connection whose first request says so', async () => {
  const faultsOf = (_number: number, request: string) =>
    request.startsWith('abc') ? { up: { flip: { at: 4, mask: 0b1 } } } : undefined;
  const { join } = await scenario({ faultsOf });
  const other = await join();
  other.client.socket.write('xbcabc');
  await other.server.hears('xbcabc');
  const { client, server } = await join();
  client.socket.write('abc');
  await server.hears('abc');
  client.socket.write('abc');
  await server.hears('abcacc'); // b is 0x62, c is 0x63
});

test('puts other bytes in the place of those that come', async () => {
  const rewrite = (bytes: Buffer) => Buffer.from(String(bytes).toUpperCase().repeat(2));
  const { join } = await scenario();
  const { client, server, connection } = await join();
  connection.up.set({ rewrite });
  client.socket.write('ab');
  await server.hears('ABAB');
  server.socket.write('ab');
  await client.hears('ab');
});

test('a slow link takes as long as its rate says, both at once and after a change', async () => {
  const { join } = await scenario();
  const { client, server, connection } = await join();
  connection.down.set({ bytesPerSecond: 20_000 });
  const startMs = performance.now();
  server.socket.write(Buffer.alloc(16_000, 'x'));
  await client.hearsBytes(16_000);
  expect(performance.now() - startMs).toBeGreaterThan(700);
  connection.down.set({ bytesPerSecond: undefined });
  server.socket.write(Buffer.alloc(4_000_000, 'y')); // 200 s at the old rate
  await client.hearsBytes(4_016_000);
});

test('a long link brings everything later, in order, and not one after the other', async () => {
  const { join } = await scenario();
  const { client, server, connection } = await join();
  connection.down.set({ delayMs: 300 });
  connection.up.set({ pieceBytes: 1 });
  const startMs = performance.now();
  for (let count = 0; count < 40; count += 1) {
    server.socket.write(`${count} `);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  server.socket.end();
  await client.isTold('end');
  const tookMs = performance.now() - startMs;
  expect(tookMs).toBeGreaterThan(300);
  expect(tookMs).toBeLessThan(40 * 300); // as long as it took if each waited for the one before it
  expect(String(client.heard())).toBe(Array.from({ length: 40 }, (_none, count) => `${count} `).join(''));
  client.socket.write('in pieces');
  await server.hears('in pieces');
});

test('what is set holds for the connections there are and for those to come, and all can be cut', async () => {
  const { proxy, join } = await scenario();
  const first = await join();
  proxy.set({ down: { flip: { at: 0, mask: 0b1 } } });
  const second = await join();
  for (const { client, server } of [first, second]) {
    server.socket.write('b');
    await client.hears('c');
  }
  await proxy.cut(0.9);
  await second.client.isTold('end');
  expect(first.connection.isOpen).toBe(true);
  proxy.cutAll('reset');
  await first.client.isTold('ECONNRESET');
  expect(proxy.cuts).toBe(2);
});
