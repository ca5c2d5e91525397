import { createPerdureClient, type PerdureClient } from '@perdure/client';
import { WebSocket } from 'ws';
import { eagerClock } from './eager-clock.ts';

export type Wire = 'websocket' | 'stream';

const NAME_HEADER = 'x-client-name';

/** A client that a proxy can tell apart: every request of its own bears its name. */
export function namedClient(url: string, name: string, wire: Wire): PerdureClient {
  const headers = { [NAME_HEADER]: name };
  const NamedWebSocket = class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols ?? [], { headers });
    }
  };
  return createPerdureClient({
    url,
    clock: eagerClock,
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers } }),
    WebSocket: wire === 'stream' ? null : (NamedWebSocket as unknown as typeof globalThis.WebSocket),
  });
}

/** Whose request this is, if it is one to follow a session. */
export function followerOf(request: string): string | undefined {
  const isFollow =
    /^upgrade: websocket\r$/im.test(request) || /^accept: text\/event-stream\r$/im.test(request);
  return isFollow ? new RegExp(`^${NAME_HEADER}: (.*)\r$`, 'im').exec(request)?.[1] : undefined;
}
