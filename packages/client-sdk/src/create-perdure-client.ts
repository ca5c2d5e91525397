import type { Created, Hello, Page, SessionListItem, Submitted } from '@perdure/protocol';
import { baseOf, isInProcess } from './connection/client-url.ts';
import type { Transport } from './connection/connection-machine.ts';
import { FollowConnection } from './connection/follow-connection.ts';
import type { LinkEvents } from './connection/follow-link.ts';
import { createIdentity } from './identity.ts';
import { createOutboxStorage } from './outbox/outbox-storage.ts';
import { Outbox } from './outbox/outbox.ts';
import type { CallOptions, Connection, PerdureClient, PerdureClientOptions } from './perdure-client.ts';
import { onOnline, onVisible, pageAddress, pageStorage } from './platform/page.ts';
import { systemClock } from './platform/system-clock.ts';
import { createRestClient, type RestClient } from './rest/rest-client.ts';
import { withTimeLimit } from './rest/time-limit.ts';
import { createTokenSource } from './rest/token-source.ts';
import { createClientSession } from './session/client-session.ts';
import { FollowedSession } from './session/followed-session.ts';
import { createSessionRegistry, type SessionEntry } from './session/session-registry.ts';
import { memoryStorage } from './storage/memory-storage.ts';
// Last, so that what is alike stands together in a bundle: it compresses better by 180 bytes.
import { openWebSocketLink } from './connection/web-socket-link.ts';

/** Ten screens of a long conversation. */
const KEEP_BLOCKS = 500;
/** A server that is there answers a probe in less, also over a slow network. */
const PROBE_MS = 4_000;

/** Makes a client. It opens nothing before something is followed or asked, except to send what an earlier life left unsent. */
export function createPerdureClient(options: PerdureClientOptions): PerdureClient {
  const base = baseOf(options.url, pageAddress());
  const clock = options.clock ?? systemClock;
  const fetch =
    options.fetch ?? ((...args: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...args));
  const WebSocket = webSocketOf(options, base);
  const keepBlocks = options.keepBlocks ?? KEEP_BLOCKS;
  const tokens = createTokenSource(options.token);
  const storage = createOutboxStorage(options.storage ?? pageStorage() ?? memoryStorage(), base);
  const closing = new AbortController();

  const rest: RestClient = createRestClient({
    base,
    fetch,
    tokens,
    clock,
    bodyLimit: () => identity.bodyLimit(),
  });
  const hello = (call?: CallOptions) => rest.call<Hello>('GET /v1/hello', {}, call);
  const identity = createIdentity(clock, hello);

  async function openLink(transport: Transport, token: string | undefined, events: LinkEvents) {
    if (transport === 'websocket' && WebSocket !== null)
      return openWebSocketLink({ base, WebSocket, token, clock }, events);
    const { openStreamLink } = await import('./connection/stream-link.ts');
    return openStreamLink({ base, fetch, token, clock }, events);
  }

  async function isReachable(closed: AbortSignal): Promise<boolean> {
    await withTimeLimit(clock, PROBE_MS, closed, (signal) => hello({ signal }));
    return true;
  }

  const connection = new FollowConnection({
    preferred: WebSocket === null ? 'stream' : 'websocket',
    clock,
    openLink,
    renewToken: () => tokens.renew(),
    isReachable,
  });

  const sessions = createSessionRegistry((id): SessionEntry => {
    const outbox: Outbox = new Outbox({
      sessionId: id,
      clock,
      storage,
      send: ({ commandId, message }, signal) =>
        rest.call<Submitted>(
          'POST /v1/sessions/{id}/messages',
          { sessionId: id, commandId, ...message },
          { signal },
        ),
      principal: (signal) => identity.principal(signal),
      changed: () => followed.outboxChanged(),
    });
    const followed = new FollowedSession(
      {
        id,
        clock,
        keepBlocks,
        follow: (task) => connection.follow(task),
        blocks: (input, call) => rest.call('GET /v1/sessions/{id}/blocks', input, call),
      },
      outbox,
    );
    const handle = createClientSession(id, {
      rest,
      clock,
      follow: (task) => connection.follow(task),
      entry: () => sessions.get(id),
    });
    if (closing.signal.aborted) outbox.close();
    return { handle, followed, outbox };
  });

  function wake(isNetwork: boolean): void {
    connection.wake(isNetwork);
    identity.wake();
    for (const { outbox } of sessions.all()) outbox.wake();
  }

  let status = connection.get().status;
  const endings = [
    (options.visibility ?? onVisible)(() => wake(false)),
    (options.online ?? onOnline)(() => wake(true)),
    // When frames come again, commands go again.
    connection.subscribe(() => {
      const before = status;
      status = connection.get().status;
      if (status === 'open' && before !== 'open') wake(false);
    }),
  ];

  void storage.sessions().then((ids) => {
    if (!closing.signal.aborted) for (const id of ids) sessions.get(id);
  });

  const publicConnection: Connection = {
    get: () => connection.get(),
    subscribe: (listener) => connection.subscribe(listener),
    reconnect: () => {
      tokens.forget();
      identity.forget();
      for (const { outbox } of sessions.all()) outbox.renew();
      connection.reconnect();
      wake(true);
    },
  };

  return {
    sessions: {
      create: (input = {}, call) => rest.call<Created>('POST /v1/sessions', input, call),
      list: (input = {}, call) => rest.call<Page<SessionListItem | null>>('GET /v1/sessions', input, call),
    },
    connection: publicConnection,
    hello,
    session: (id) => sessions.get(id).handle,
    close() {
      if (closing.signal.aborted) return;
      closing.abort();
      for (const end of endings) end();
      sessions.close();
      connection.close();
    },
  };
}

/** Where no socket can reach the server, its `fetch` is the way to it. */
function webSocketOf({ WebSocket, fetch }: PerdureClientOptions, base: string) {
  if (WebSocket !== undefined) return WebSocket;
  if (fetch !== undefined && isInProcess(base)) return null;
  return (globalThis as { WebSocket?: typeof globalThis.WebSocket }).WebSocket ?? null;
}
