import { once } from 'node:events';
import type { AnyEvent, FollowFrame } from '@perdure/protocol';
import type { PerdureErrorShape } from '@perdure/protocol/trpc';
import { type ClientOptions, WebSocket } from 'ws';
import { facts } from './facts.ts';

/** A message of tRPC's wire, as far as tests look into it. */
export interface WireMessage {
  readonly id: number | string | null;
  readonly method?: string;
  readonly result?: {
    readonly type: string;
    readonly data?: { readonly id: string; readonly data: FollowFrame };
  };
  readonly error?: PerdureErrorShape;
  /** As it came. */
  readonly text: string;
}

export interface ConnectionParams {
  readonly token?: string;
  readonly protocol?: number;
}

export interface TrpcSocket extends Disposable {
  readonly ws: WebSocket;
  /** Every JSON message so far. */
  readonly messages: readonly WireMessage[];
  send(message: unknown): void;
  /** Follows a session under an id. */
  follow(id: number, input: object): void;
  /** What `find` makes of the messages, as soon as it makes something; rejects if the socket closes without it. */
  until<T>(find: (messages: readonly WireMessage[]) => T | undefined | false): Promise<T>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** A WebSocket that speaks tRPC's wire by hand. `params` go first, as connectionParams. */
export async function trpcSocket(
  url: string,
  { params, ...options }: ClientOptions & { readonly params?: ConnectionParams | undefined } = {},
): Promise<TrpcSocket> {
  const query = params === undefined ? '' : '?connectionParams=1';
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/trpc${query}`, options);
  const messages: WireMessage[] = [];
  const { tell, end, until } = facts();
  ws.on('message', (data) => {
    const text = String(data);
    if (text === 'PING') ws.send('PONG');
    else if (text !== 'PONG') messages.push({ ...JSON.parse(text), text });
    tell();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on('close', (code, reason) => {
      resolve({ code, reason: String(reason) });
      end(new Error(`The socket closed (${code}) without it.`));
    });
  });
  const opened = once(ws, 'open');
  ws.on('error', () => {}); // told by the close
  await opened;
  const send = (message: unknown) => ws.send(JSON.stringify(message));
  if (params !== undefined) send({ method: 'connectionParams', data: params });
  return {
    ws,
    messages,
    closed,
    send,
    follow: (id, input) => send(followCall(id, input)),
    until: (find) => until(() => find(messages)),
    [Symbol.dispose]: () => ws.terminate(),
  };
}

export function followCall(id: number, input: object) {
  return { id, method: 'subscription', params: { path: 'sessions.follow', input } };
}

/** The frames that came under an id. */
export function framesOf(messages: readonly WireMessage[], id: number): FollowFrame[] {
  return messages.flatMap((message) =>
    message.id === id && message.result?.data !== undefined ? [message.result.data.data] : [],
  );
}

/** The code of the error that came under an id. */
export function codeOf(messages: readonly WireMessage[], id: number | null): string | undefined {
  return messages.find((message) => message.id === id && message.error !== undefined)?.error?.data.perdure
    .code;
}

/** The events of frames, in the order in which they came. */
export function eventsOf(frames: readonly FollowFrame[]): AnyEvent[] {
  return frames.flatMap((frame) => (frame.kind === 'events' ? frame.events : []));
}
