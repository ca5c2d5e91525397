import { once } from 'node:events';
import type { PerdureErrorShape } from '@perdure/protocol/trpc';
import { type ClientOptions, WebSocket } from 'ws';

/** A message of tRPC's wire, as far as tests look into it. */
export interface WireMessage {
  readonly id: number | string | null;
  readonly method?: string;
  readonly result?: { readonly type: string; readonly id?: string; readonly data?: unknown };
  readonly error?: PerdureErrorShape;
}

export interface TestSocket extends Disposable {
  readonly ws: WebSocket;
  /** Every JSON message so far. */
  readonly messages: readonly WireMessage[];
  send(message: unknown): void;
  /** The first message, past or to come, that fits. */
  message(fits: (message: WireMessage) => boolean): Promise<WireMessage>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** A WebSocket of a client that speaks tRPC's wire by hand. */
export async function testSocket(url: string, options: ClientOptions = {}): Promise<TestSocket> {
  const ws = new WebSocket(url.replace(/^http/, 'ws'), options);
  const messages: WireMessage[] = [];
  const waiters = new Set<() => void>();
  ws.on('message', (data) => {
    const text = String(data);
    if (text === 'PING') ws.send('PONG');
    else if (text !== 'PONG') messages.push(JSON.parse(text));
    for (const wake of waiters) wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on('close', (code, reason) => {
      resolve({ code, reason: String(reason) });
      for (const wake of waiters) wake();
    });
  });
  const opened = once(ws, 'open');
  ws.on('error', () => {});
  await opened;
  return {
    ws,
    messages,
    closed,
    send: (message) => ws.send(typeof message === 'string' ? message : JSON.stringify(message)),
    message: (fits) =>
      new Promise((resolve, reject) => {
        let seen = 0;
        const look = () => {
          const found = messages.slice(seen).find(fits);
          seen = messages.length;
          if (found !== undefined || ws.readyState === ws.CLOSED) {
            waiters.delete(look);
            if (found === undefined) reject(new Error(`Closed without it: ${JSON.stringify(messages)}`));
            else resolve(found);
          }
        };
        waiters.add(look);
        look();
      }),
    [Symbol.dispose]: () => ws.terminate(),
  };
}

/** The code of an error frame. */
export function codeOf(message: WireMessage | undefined): string | undefined {
  return message?.error?.data.perdure.code;
}

/** The status and body with which an upgrade is refused. */
export function refusedUpgrade(
  url: string,
  options: ClientOptions = {},
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url.replace(/^http/, 'ws'), options);
    ws.on('error', reject);
    ws.on('open', () => reject(new Error('The upgrade was accepted.')));
    ws.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: String(Buffer.concat(chunks)) }),
      );
    });
  });
}

/** Messages that a tRPC client sends. */
export const call = {
  follow: (id: number | string, sessionId: string, input: object = {}) => ({
    id,
    method: 'subscription',
    params: { path: 'sessions.follow', input: { sessionId, ...input } },
  }),
  query: (id: number | string, path: string, input?: unknown) => ({
    id,
    method: 'query',
    params: { path, input },
  }),
  hello: (id: number | string) => ({ id, method: 'query', params: { path: 'meta.hello', input: {} } }),
  params: (data: object) => ({ method: 'connectionParams', data }),
};

/** Finds the messages of one call. */
export const of = (id: number | string) => (message: WireMessage) => message.id === id;
export const dataOf = (id: number | string) => (message: WireMessage) =>
  message.id === id && message.result?.type === 'data';
