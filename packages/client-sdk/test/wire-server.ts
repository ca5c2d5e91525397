import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type ErrorCode, type FollowFrame, type FollowInput, PerdureError } from '@perdure/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

/** One subscription, as the server sees it. */
export interface WireFollow {
  readonly input: FollowInput;
  readonly transport: 'websocket' | 'stream';
  readonly socket: WebSocket | undefined;
  isStopped: boolean;
  frame(frame: FollowFrame): void;
  fail(code: ErrorCode, details?: PerdureError['details']): void;
  end(): void;
}

export interface WireServerOptions {
  /** False: refuses every WebSocket, as a proxy does that knows none. */
  readonly upgrades?: boolean;
  onFollow(follow: WireFollow): void;
  /** Answers other requests. */
  onRequest?(request: IncomingMessage, response: ServerResponse): void;
  /** The first message of a socket; an answer other than `undefined` is the code it is closed with. */
  onConnect?(params: Record<string, string>, socket: WebSocket): number | undefined;
}

/** A server of the wire alone: tRPC's envelope over WebSocket, and event streams. It has no log: tests say what it sends. */
export async function startWireServer(options: WireServerOptions) {
  const urls: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const params: Record<string, string>[] = [];
  let pongs = 0;
  const sockets = new Set<WebSocket>();
  const connections = new Set<Socket>();
  const http = createServer((request, response) => {
    urls.push(request.url ?? '');
    headers.push(request.headers);
    const url = new URL(request.url ?? '', 'http://x');
    const sessionId = /^\/v1\/sessions\/([^/]+)\/events$/.exec(url.pathname)?.[1];
    if (sessionId !== undefined && request.headers.accept === 'text/event-stream')
      options.onFollow(streamFollow(sessionId, url, request, response));
    else if (options.onRequest !== undefined) options.onRequest(request, response);
    else response.writeHead(404).end();
  });
  http.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  const wss = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    urls.push(request.url ?? '');
    if (options.upgrades === false)
      return void socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
    wss.handleUpgrade(request, socket, head, (ws) => accept(ws));
  });

  function accept(socket: WebSocket): void {
    sockets.add(socket);
    const follows = new Map<number, WireFollow>();
    socket.on('close', () => {
      sockets.delete(socket);
      for (const follow of follows.values()) follow.isStopped = true;
    });
    socket.on('message', (data) => {
      const text = String(data);
      if (text === 'PING') return socket.send('PONG');
      if (text === 'PONG') {
        pongs += 1;
        return;
      }
      const message: unknown = JSON.parse(text);
      for (const one of Array.isArray(message) ? message : [message]) take(one);
    });
    const take = (message: {
      id: number;
      method: string;
      data?: Record<string, string>;
      params?: { path: string; input: FollowInput };
    }) => {
      const { id, method } = message;
      if (method === 'connectionParams') {
        params.push(message.data ?? {});
        const code = options.onConnect?.(message.data ?? {}, socket);
        if (code !== undefined) socket.close(code);
      } else if (method === 'subscription.stop') {
        const follow = follows.get(id);
        if (follow !== undefined) follow.isStopped = true;
        socket.send(JSON.stringify({ id, result: { type: 'stopped' } }));
      } else if (message.params !== undefined) {
        const send = (body: object) => socket.send(JSON.stringify({ id, ...body }));
        const follow: WireFollow = {
          input: message.params.input,
          transport: 'websocket',
          socket,
          isStopped: false,
          frame: (frame) =>
            send({ result: { type: 'data', id: frame.cursor, data: { id: frame.cursor, data: frame } } }),
          fail: (code, details) => {
            const { message: text, ...perdure } = new PerdureError(code, `It is ${code}.`, {
              details,
            }).toBody();
            send({ error: { message: text, code: -32_000, data: { code: 'X', httpStatus: 400, perdure } } });
          },
          end: () => send({ result: { type: 'stopped' } }),
        };
        follows.set(id, follow);
        send({ result: { type: 'started' } });
        options.onFollow(follow);
      }
    };
  }

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    urls,
    headers,
    params,
    sockets,
    /** What clients said of themselves, asked or not. */
    pongs: () => pongs,
    async close() {
      for (const socket of sockets) socket.terminate();
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function streamFollow(
  sessionId: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): WireFollow {
  const lastEventId = request.headers['last-event-id'];
  const from = url.searchParams.get('from') as FollowInput['from'] | null;
  const write = (text: string) => {
    if (!response.headersSent)
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(text);
  };
  const follow: WireFollow = {
    input: {
      sessionId,
      ...(typeof lastEventId === 'string' ? { lastEventId } : {}),
      ...(from === null ? {} : { from }),
      ...(url.searchParams.has('types') ? { types: url.searchParams.getAll('types') } : {}),
    },
    transport: 'stream',
    socket: undefined,
    isStopped: false,
    frame: (frame) => write(`: heartbeat\nid: ${frame.cursor}\ndata: ${JSON.stringify(frame)}\n\n`),
    fail(code, details) {
      const error = new PerdureError(code, `It is ${code}.`, { details });
      const body = JSON.stringify({ error: error.toBody() });
      if (response.headersSent) response.end(`event: error\ndata: ${body}\n\n`);
      else response.writeHead(error.status, { 'content-type': 'application/json' }).end(body);
    },
    end: () => response.end('retry: 5\n\n'),
  };
  response.on('close', () => {
    follow.isStopped = true;
  });
  return follow;
}
