import type { SessionRouter } from '@perdure/protocol/trpc';
import {
  createTRPCClient,
  createWSClient,
  httpSubscriptionLink,
  type TRPCClient,
  wsLink,
} from '@trpc/client';
import { EventSource } from 'eventsource';

export type PlainClient = Disposable & { readonly trpc: TRPCClient<SessionRouter> };

/** An ordinary tRPC client over its own WebSocket, as its documentation shows it. */
export function plainSocketClient(url: string, token?: string): PlainClient {
  const socket = createWSClient({
    url: `${url.replace(/^http/, 'ws')}/trpc`,
    ...(token === undefined ? {} : { connectionParams: { token } }),
  });
  const trpc = createTRPCClient<SessionRouter>({ links: [wsLink({ client: socket })] });
  return { trpc, [Symbol.dispose]: () => void socket.close() };
}

/** An ordinary tRPC client over server-sent events, with an EventSource that sends the credential in a header. */
export function plainStreamClient(url: string, token?: string): PlainClient {
  const authorized: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
  const trpc = createTRPCClient<SessionRouter>({
    links: [
      httpSubscriptionLink({
        url: `${url}/trpc`,
        EventSource,
        eventSourceOptions: { fetch: authorized },
      }),
    ],
  });
  return { trpc, [Symbol.dispose]: () => {} };
}
