// What the client loads when it is first needed is loaded before: how long that takes would not be the same every time.
import '../../../packages/client-sdk/src/rest/refuse-large.ts';
import '../../../packages/client-sdk/src/session/load-older.ts';
import '../../../packages/client-sdk/src/session/read-events.ts';
import type { Hello, Submitted } from '@perdure/protocol';
import {
  FollowConnection,
  type FollowTask,
} from '../../../packages/client-sdk/src/connection/follow-connection.ts';
import type { FollowLink, LinkEvents } from '../../../packages/client-sdk/src/connection/follow-link.ts';
import { createIdentity } from '../../../packages/client-sdk/src/identity.ts';
import { createOutboxStorage } from '../../../packages/client-sdk/src/outbox/outbox-storage.ts';
import { Outbox } from '../../../packages/client-sdk/src/outbox/outbox.ts';
import type { ClientSession } from '../../../packages/client-sdk/src/perdure-client.ts';
import { createRestClient, type RestClient } from '../../../packages/client-sdk/src/rest/rest-client.ts';
import { withTimeLimit } from '../../../packages/client-sdk/src/rest/time-limit.ts';
import { createTokenSource } from '../../../packages/client-sdk/src/rest/token-source.ts';
import { createClientSession } from '../../../packages/client-sdk/src/session/client-session.ts';
import { FollowedSession } from '../../../packages/client-sdk/src/session/followed-session.ts';
import {
  createSessionRegistry,
  type SessionEntry,
  type SessionRegistry,
} from '../../../packages/client-sdk/src/session/session-registry.ts';
import type { ClientStorage } from '../../../packages/client-sdk/src/storage/client-storage.ts';
import type { ClientClock } from '../../../packages/client-sdk/src/client-clock.ts';
import type { ClientCheck, ClientWatch } from '../oracle/check-client.ts';
import { ClientMemory } from '../oracle/check-client.ts';

/** What a client asks of the world it lives in. */
export interface ClientPorts {
  readonly clock: ClientClock;
  readonly storage: ClientStorage;
  readonly fetch: typeof globalThis.fetch;
  token(): string;
  openLink(token: string | undefined, events: LinkEvents): FollowLink;
  hasLostFrame(): boolean;
}

export interface SimulatedClientOptions {
  readonly name: string;
  readonly tenantId: string;
  readonly ports: ClientPorts;
  readonly check: ClientCheck;
  readonly keepBlocks: number;
}

const PROBE_MS = 4_000;

/** One life of a client: what `createPerdureClient` joins, with a link and a fetch of the simulator. */
export class SimulatedClient {
  readonly name: string;
  readonly connection: FollowConnection;
  readonly rest: RestClient;
  readonly sessions: SessionRegistry;
  readonly #options: SimulatedClientOptions;
  readonly #identity: ReturnType<typeof createIdentity>;
  readonly #memories = new Map<string, ClientMemory>();
  #isClosed = false;

  constructor(options: SimulatedClientOptions) {
    this.#options = options;
    this.name = options.name;
    const { clock, storage, fetch, token, openLink } = options.ports;
    const tokens = createTokenSource(token);
    const base = 'http://perdure.test';
    const kept = createOutboxStorage(storage, base);
    this.rest = createRestClient({ base, fetch, tokens, clock, bodyLimit: async () => undefined });
    const hello = (call?: { readonly signal?: AbortSignal | undefined }) =>
      this.rest.call<Hello>('GET /v1/hello', {}, call);
    this.#identity = createIdentity(clock, hello);
    this.connection = new FollowConnection({
      preferred: 'websocket',
      clock,
      openLink: async (_transport, credential, events) => openLink(credential, events),
      renewToken: () => tokens.renew(),
      isReachable: async (closed) => {
        await withTimeLimit(clock, PROBE_MS, closed, (signal) => hello({ signal }));
        return true;
      },
    });
    this.sessions = createSessionRegistry((id) => this.#entry(id, kept));
    let { status } = this.connection.get();
    this.connection.subscribe(() => {
      const before = status;
      const state = this.connection.get();
      status = state.status;
      if (status === 'failed' && before !== 'failed') options.check.gaveUp(this.name, state.error);
      if (status === 'open' && before !== 'open') this.wake(false);
    });
    void kept.sessions().then((ids) => {
      if (!this.#isClosed) for (const id of ids) this.sessions.get(id);
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  session(id: string): ClientSession {
    return this.sessions.get(id).handle;
  }

  /** As the page's events do it. */
  wake(isNetwork: boolean): void {
    this.connection.wake(isNetwork);
    this.#identity.wake();
    for (const { outbox } of this.sessions.all()) outbox.wake();
  }

  reconnect(): void {
    this.connection.reconnect();
    this.wake(true);
  }

  /** Follows beside the sessions, as one who reads events does. */
  follow(task: FollowTask, sessionId: string): () => void {
    const watch = { ...this.#watchOf(sessionId), shown: () => undefined };
    return this.connection.follow(this.#options.check.watch(task, watch, new ClientMemory()));
  }

  /** What it shows of each session is what the log says. */
  check(): void {
    for (const { handle } of this.sessions.all()) this.#options.check.shows(this.#watchOf(handle.id));
  }

  memoryOf(id: string): ClientMemory {
    const known = this.#memories.get(id) ?? new ClientMemory();
    this.#memories.set(id, known);
    return known;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.sessions.close();
    this.connection.close();
  }

  #watchOf(sessionId: string): ClientWatch {
    const { name, tenantId, ports } = this.#options;
    return {
      name: `${name} on ${sessionId}`,
      ...{ tenantId, sessionId },
      shown: () => this.sessions.get(sessionId).followed.getSnapshot(),
      hasLostFrame: () => ports.hasLostFrame(),
    };
  }

  #entry(id: string, storage: ReturnType<typeof createOutboxStorage>): SessionEntry {
    const { ports, check, keepBlocks } = this.#options;
    const { clock } = ports;
    const outbox: Outbox = new Outbox({
      ...{ sessionId: id, clock, storage },
      send: ({ commandId, message }, signal) =>
        this.rest.call<Submitted>(
          'POST /v1/sessions/{id}/messages',
          { sessionId: id, commandId, ...message },
          { signal },
        ),
      principal: (signal) => this.#identity.principal(signal),
      changed: () => followed.outboxChanged(),
    });
    const followed = new FollowedSession(
      {
        ...{ id, clock, keepBlocks },
        follow: (task) => this.connection.follow(check.watch(task, this.#watchOf(id), this.memoryOf(id))),
        blocks: (input, call) => this.rest.call('GET /v1/sessions/{id}/blocks', input, call),
      },
      outbox,
    );
    const handle = createClientSession(id, {
      ...{ rest: this.rest, clock },
      follow: (task) => this.follow(task, id),
      entry: () => this.sessions.get(id),
    });
    if (this.#isClosed) outbox.close();
    return { handle, followed, outbox };
  }
}
