import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { ask } from '../../e2e/support/running-server.ts';
import { trpcSocket } from '../../e2e/support/trpc-socket.ts';
import { judgeReceived } from './fuzz-bytes.ts';
import type { FuzzServer } from './fuzz-server.ts';
import { judgeErrorBody, judgeMessage } from './judge-answers.ts';
import { type RawConnection, rawConnection } from './raw-connection.ts';
import { encodeFrame, opcodes, upgradeRequest } from './wire-frames.ts';

const token = 'fuzzer';
const bearer = `Authorization: Bearer ${token}`;
const json = 'Content-Type: application/json';

/** How often each outcome came. */
export type Counts = Readonly<Record<string, number>>;

export function counted(outcomes: readonly (string | number | undefined)[]): Counts {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1;
  return counts;
}

const head = ({ port }: FuzzServer, line: string, ...headers: string[]) =>
  `${[line, `Host: 127.0.0.1:${port}`, bearer, ...headers].join('\r\n')}\r\n\r\n`;

/** Sends a body that does not end, again whenever it is cut, until so many bytes were sent. */
export async function bodyWithoutEnd(server: FuzzServer, bytes: number): Promise<Counts> {
  const chunk = `10000\r\n${'{'.repeat(65_536)}\r\n`;
  const outcomes: (string | number | undefined)[] = [];
  for (let sent = 0; sent < bytes; ) {
    using connection = await rawConnection(server.port);
    await connection.send(head(server, 'POST /v1/sessions HTTP/1.1', json, 'Transfer-Encoding: chunked'));
    while (sent < bytes && (await connection.send(chunk))) sent += 65_536;
    connection.socket.end();
    await connection.closed;
    outcomes.push(...judgeReceived(connection.received()));
  }
  return counted(outcomes);
}

/** Sends a message that does not end, in fragments. */
export async function messageWithoutEnd(server: FuzzServer, bytes: number): Promise<Counts> {
  const first = encodeFrame({ opcode: opcodes.text, payload: '{'.repeat(60_000), fin: false });
  const next = encodeFrame({ opcode: opcodes.continuation, payload: '{'.repeat(60_000), fin: false });
  const outcomes: (string | number | undefined)[] = [];
  for (let sent = 0; sent < bytes; ) {
    using connection = await rawConnection(server.port);
    await connection.send(upgradeRequest(server.port, { headers: [bearer] }));
    await connection.send(first);
    while (sent < bytes && (await connection.send(next))) sent += 60_000;
    connection.socket.end();
    await connection.closed;
    outcomes.push(...judgeReceived(connection.received()));
  }
  return counted(outcomes);
}

/** A text of braces in each coding; made beforehand, because it takes a while. */
export function packedBraces(bytes: number): Readonly<Record<'gzip' | 'deflate' | 'br', Buffer>> {
  const plain = Buffer.alloc(bytes, '{');
  const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  return { gzip: gzipSync(plain), deflate: deflateSync(plain), br: brotliCompressSync(plain, fast) };
}

/** Sends little that would be much if anyone unpacked it. */
export async function bombs(server: FuzzServer, packed: ReturnType<typeof packedBraces>): Promise<Counts> {
  const outcomes: (string | number | undefined)[] = [];
  for (const [coding, body] of Object.entries(packed)) {
    for (const target of ['/v1/sessions', '/trpc/sessions.create']) {
      using connection = await rawConnection(server.port);
      await connection.send(
        head(
          server,
          `POST ${target} HTTP/1.1`,
          json,
          `Content-Encoding: ${coding}`,
          `Content-Length: ${body.length}`,
          'Connection: close',
        ),
      );
      await connection.send(body);
      await connection.closed;
      outcomes.push(...judgeReceived(connection.received()));
    }
  }
  using connection = await rawConnection(server.port);
  const offer = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits';
  await connection.send(upgradeRequest(server.port, { headers: [bearer, offer] }));
  await connection.send(
    encodeFrame({ opcode: opcodes.text, rsv: 4, payload: packed.deflate.subarray(0, 60_000) }),
  );
  await connection.closed;
  outcomes.push(...judgeReceived(connection.received()));
  return counted(outcomes);
}

/** Calls for more subscriptions than a socket may have, a few hundred in each message. */
export async function subscriptions(server: FuzzServer, wanted: number): Promise<Counts> {
  const ids = ['one', 'two', 'three'].map((name) => `${name}-${randomUUID()}`);
  for (const id of ids) await ask(`${server.url}/v1/sessions`, 'POST', { token, body: { id } });
  using socket = await trpcSocket(server.url, { headers: { authorization: `Bearer ${token}` } });
  const calls = Array.from({ length: wanted }, (_, id) => ({
    id,
    method: 'subscription',
    params: { path: 'sessions.follow', input: { sessionId: ids[id % ids.length] } },
  }));
  for (let at = 0; at < calls.length; at += 600) socket.send(calls.slice(at, at + 600));
  socket.send({ id: 'last', method: 'query', params: { path: 'meta.hello', input: {} } });
  const started = await socket.until((messages) => {
    const open = messages.filter(({ result }) => result?.type === 'started');
    return messages.some(({ id }) => id === 'last') && open.length >= 100 && open;
  });
  const refused = socket.messages.map(({ text }) => judgeMessage(text)).filter((code) => code !== undefined);
  return { ...counted(refused), started: started.length };
}

/** Sends messages as fast as they go, and reads what comes back. */
export async function messageFlood(server: FuzzServer, sockets: number): Promise<Counts> {
  const message = JSON.stringify({ id: 1, method: 'query', params: { path: 'meta.hello', input: {} } });
  const frames = Buffer.concat(
    Array.from({ length: 500 }, () => encodeFrame({ opcode: opcodes.text, payload: message })),
  );
  return flood(server, sockets, frames);
}

export function pingFlood(server: FuzzServer, sockets: number): Promise<Counts> {
  return flood(
    server,
    sockets,
    Buffer.concat(Array.from({ length: 5_000 }, () => encodeFrame({ opcode: opcodes.ping }))),
  );
}

/** Sends the same bytes over each of the sockets until the server has cut all of them. */
async function flood(server: FuzzServer, sockets: number, frames: Buffer): Promise<Counts> {
  const outcomes = await Promise.all(
    Array.from({ length: sockets }, async () => {
      using connection = await rawConnection(server.port);
      await connection.send(upgradeRequest(server.port, { headers: [bearer] }));
      while (!connection.isClosed() && (await connection.send(frames)));
      await connection.closed;
      const codes = judgeReceived(connection.received());
      return codes.includes(1_013) ? 1_013 : 'cut';
    }),
  );
  return counted(outcomes);
}

/** Asks for pages of things that are each as large as they may be, all at once. */
export async function giantPages(
  server: FuzzServer,
  { events, atOnce }: { readonly events: number; readonly atOnce: number },
): Promise<Counts> {
  const id = `giant-${randomUUID()}`;
  await ask(`${server.url}/v1/sessions`, 'POST', { token, body: { id, agent: 'giant' } });
  const { body } = await ask(`${server.url}/v1/sessions/${id}/messages`, 'POST', {
    token,
    body: { content: String(events) },
  });
  await ask(`${server.url}/v1/sessions/${id}/runs/${body.runId}?wait=60`, 'GET', { token });
  const paths = ['events?limit=100', 'events?limit=100&order=desc', 'events?q=nothing', 'blocks?limit=100'];
  const sizes = await Promise.all(
    Array.from({ length: atOnce }, async (_, at) => {
      const { status, text } = await ask(
        `${server.url}/v1/sessions/${id}/${paths[at % paths.length]}`,
        'GET',
        { token },
      );
      if (status !== 200) throw new Error(`${status} ${text.slice(0, 200)}`);
      return text.length < 2_500_000 ? 'short' : 'long';
    }),
  );
  await ask(`${server.url}/v1/sessions/${id}`, 'DELETE', { token });
  return counted(sizes);
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** Sends commands as fast as they are answered. */
export async function commands(server: FuzzServer, wanted: number): Promise<Counts> {
  const id = `many-${randomUUID()}`;
  const outcomes: (string | number | undefined)[] = [];
  let left = wanted;
  const command = () =>
    new Promise<void>((resolve, reject) => {
      const sent = request(
        {
          agent,
          port: server.port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/v1/sessions',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += String(chunk);
          });
          response.on('end', () => {
            try {
              const status = response.statusCode ?? 0;
              const code = status < 400 ? status : judgeErrorBody(JSON.parse(text), status);
              if (status === 429 && !(Number(response.headers['retry-after']) > 0))
                throw new Error('It does not say when.');
              outcomes.push(code);
              resolve();
            } catch (error) {
              reject(error);
            }
          });
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify({ id }));
    });
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await command();
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  return counted(outcomes);
}

/** Sends headers without end, each time until the server has had enough. */
export async function headerBombs(server: FuzzServer, connections: number): Promise<Counts> {
  const headers = Array.from({ length: 20_000 }, (_, at) => `X-${at}: ${'a'.repeat(50)}`).join('\r\n');
  const outcomes = [];
  for (let at = 0; at < connections; at += 1) {
    using connection = await rawConnection(server.port);
    await connection.send(`GET /v1/hello HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${headers}`);
    await connection.closed;
    outcomes.push(...judgeReceived(connection.received()));
  }
  return counted(outcomes);
}

/** Connections that say nothing at all, and WebSockets that say nothing after their upgrade. */
export async function idlers(
  server: FuzzServer,
  { connections, sockets }: { readonly connections: number; readonly sockets: number },
): Promise<{ readonly connections: readonly RawConnection[]; leave(): void }> {
  const raw = await Promise.all(Array.from({ length: connections }, () => rawConnection(server.port)));
  const webSockets = await Promise.all(
    Array.from({ length: sockets }, async () => {
      const connection = await rawConnection(server.port);
      await connection.send(upgradeRequest(server.port, { headers: [bearer] }));
      await connection.until((received) => received.includes('\r\n\r\n'));
      return connection;
    }),
  );
  const all = [...raw, ...webSockets];
  return {
    connections: raw,
    leave: () => {
      for (const connection of all) connection[Symbol.dispose]();
    },
  };
}

/** Asks and asks over connections from which nothing is ever read, until the server has ended or left all of them. */
export async function deafAskers(server: FuzzServer, each: number): Promise<Counts> {
  // What is asked in few bytes and answered in many.
  const calls = JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, method: 'query' })));
  const messages = Buffer.concat(
    Array.from({ length: 10 }, () => encodeFrame({ opcode: opcodes.text, payload: calls })),
  );
  const requests = Buffer.from(head(server, 'GET /v1/openapi.json HTTP/1.1').repeat(200));
  const ask = async (kind: string, first: string | Buffer, again: Buffer) => {
    using connection = await rawConnection(server.port);
    connection.socket.pause();
    connection.socket.write(first);
    while (await isTaken(server, connection, again));
    return `${kind} ${connection.isClosed() ? 'cut' : 'not read'}`;
  };
  const upgrade = upgradeRequest(server.port, { headers: [bearer] });
  const deaf = Array.from({ length: each }).flatMap(() => [
    ask('socket', upgrade, messages),
    ask('requests', requests, requests),
  ]);
  return counted(await Promise.all(deaf));
}

/** What others are asked and answered while a server reads nothing from one connection, before it is said to have stopped. */
const TURNS = 40;

/** Whether the server still reads what is sent. */
async function isTaken(
  server: FuzzServer,
  { socket, isClosed }: RawConnection,
  bytes: Buffer,
): Promise<boolean> {
  let isDrained = socket.write(bytes);
  const noteDrain = () => {
    isDrained = true;
  };
  socket.once('drain', noteDrain);
  let turn = 0;
  do {
    const answer = await fetch(`${server.url}/v1/hello`);
    await answer.text();
    turn += 1;
  } while (turn < TURNS && !isDrained && !isClosed());
  socket.off('drain', noteDrain);
  return isDrained && !isClosed();
}
