import type { FollowInput, PerdureError } from '@perdure/protocol';
import { contract, leavesOf } from '@perdure/protocol/schemas';
import { CredentialWatch } from '../../../packages/server/src/access/credential-watch.ts';
import { defaultLimits } from '../../../packages/server/src/access/limit-defaults.ts';
import type { Limits } from '../../../packages/server/src/access/limits.ts';
import { LocalLimiter } from '../../../packages/server/src/access/local-limiter.ts';
import { OwnerAuthorizer } from '../../../packages/server/src/access/owner-authorizer.ts';
import type { AgentDefinition } from '../../../packages/server/src/environment/execution-environment.ts';
import { LocalSessionHost } from '../../../packages/server/src/host/local-session-host.ts';
import { parseInput } from '../../../packages/server/src/host/parse-input.ts';
import type {
  LocalClientHub,
  LocalClientHubOptions,
} from '../../../packages/server/src/hub/local-client-hub.ts';
import { RuntimeLife } from '../../../packages/server/src/process/runtime-life.ts';
import { sha256Digest } from '../../../packages/server/src/process/sha256-digest.ts';
import type { Clock } from '../../../packages/server/src/session/clock.ts';
import type { Retention } from '../../../packages/server/src/session/floor-after.ts';
import type { IdSource } from '../../../packages/server/src/session/id-source.ts';
import type { SessionKey } from '../../../packages/server/src/store/session-store.ts';
import type { Caller } from '../../../packages/server/src/transport/caller.ts';
import {
  createErrorAnswers,
  type ErrorAnswers,
} from '../../../packages/server/src/transport/error-answers.ts';
import { handlerAt } from '../../../packages/server/src/transport/handler-types.ts';
import { handlers } from '../../../packages/server/src/transport/handlers.ts';
import { createLeafGuard, type LeafGuard } from '../../../packages/server/src/transport/leaf-guard.ts';
import type { Transport } from '../../../packages/server/src/transport/transport.ts';
import type { WatchedSubscription } from '../oracle/check-frames.ts';
import type { SimulatedSessionStore } from '../simulated-session-store.ts';
import type { SimProcess } from '../time/sim-process.ts';
import { reportingLogger } from './reporting-logger.ts';
import type { ServerConnection } from './server-connection.ts';
import type { ServerWorld } from './server-world.ts';
import type { SimulatedAuthenticator } from './simulated-authenticator.ts';
import { WatchedHub } from './watched-hub.ts';

export interface SimulatedServerOptions {
  readonly name: string;
  readonly process: SimProcess;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly store: SimulatedSessionStore;
  readonly agents: ReadonlyMap<string, AgentDefinition>;
  readonly authenticator: SimulatedAuthenticator;
  readonly hub: Omit<LocalClientHubOptions, 'source' | 'clock'>;
  readonly limits: Partial<Limits>;
  readonly retention: Retention | undefined;
  readonly world: ServerWorld;
}

/** A start that hangs is given up soon enough for a run to be seen after it. */
const TIMES = { startMs: 5_000 };

const leaves = new Map(leavesOf(contract));

/** One process of the server: the real core from its wires' handlers down to the port of its store. */
export class SimulatedServer {
  readonly name: string;
  readonly process: SimProcess;
  readonly clock: Clock;
  readonly store: SimulatedSessionStore;
  readonly host: LocalSessionHost;
  readonly hub: LocalClientHub;
  readonly credentials: CredentialWatch;
  readonly world: ServerWorld;
  readonly life: RuntimeLife;
  readonly connections = new Set<ServerConnection>();
  readonly #answers: ErrorAnswers;
  readonly #guard: LeafGuard;
  readonly #watched: WatchedHub;

  constructor(options: SimulatedServerOptions) {
    const { name, process, clock, ids, store, agents, authenticator, world } = options;
    this.name = name;
    this.process = process;
    this.clock = clock;
    this.store = store;
    this.world = world;
    const logger = reportingLogger(name, world);
    const limits = { ...defaultLimits, ...options.limits };
    const authorizer = new OwnerAuthorizer();
    const parts = { store, clock, ids, digest: sha256Digest, logger, authorizer, agents, limits };
    const { runGraceMs } = world;
    this.host = new LocalSessionHost({ ...parts, retention: options.retention, runGraceMs, times: TIMES });
    this.#watched = new WatchedHub({
      ...{ ...options.hub, source: this.host.source, clock, name },
      fail: world.fail,
      reached: (what) => world.reached(what),
    });
    this.hub = this.#watched.hub;
    this.host.setClientHub(this.#watched);
    this.credentials = new CredentialWatch(authenticator, clock);
    this.#answers = createErrorAnswers({ logger, ids });
    this.life = new RuntimeLife({
      ...{ store, host: this.host, hub: this.hub, credentials: this.credentials, clock, logger },
      directory: undefined,
      sessionLogBytes: limits.sessionLogBytes,
      transport: () => this.#transport(),
    });
    this.#guard = createLeafGuard({
      ...{ host: this.host, store, authorizer },
      server: {
        serverVersion: '0.0.0',
        durability: store.durability,
        limits,
        limiter: new LocalLimiter(limits, clock),
        credentials: this.credentials,
      },
      isDraining: () => this.life.isDraining,
    });
  }

  /** Does what a leaf of the contract says, as its wires do. */
  async call(path: string, input: unknown, caller: Caller, signal: AbortSignal): Promise<unknown> {
    const leaf = leaves.get(path);
    const handler = handlerAt(handlers, path);
    if (leaf === undefined || handler === undefined) throw new Error(`There is no ${path}.`);
    const asker = await this.#guard(path, leaf, caller, input);
    return handler({ ...asker, input: parseInput(leaf.input, input), signal });
  }

  /** The frames of a subscription, as texts. */
  async follow(input: FollowInput, caller: Caller, signal: AbortSignal): Promise<AsyncIterable<string>> {
    const frames = (await this.call('sessions.follow', input, caller, signal)) as AsyncIterable<
      readonly [string, { readonly json: string }]
    >;
    return textsOf(frames);
  }

  errorOf(thrown: unknown, path: string): PerdureError {
    return this.#answers.tell(thrown, path);
  }

  watchSubscription(name: string, { authentication }: Caller, input: FollowInput): WatchedSubscription {
    if (!authentication.ok) throw new Error('A wire was opened without a credential.');
    return this.world.subscriptionAsked(this, name, authentication.principal, input);
  }

  /** Where those stand who could have been sent what leads to a head, and were not. */
  laggingOf(session: SessionKey, head: number): number[] {
    return this.#watched.laggingOf(session, head);
  }

  /** Tells whether its store took no writes at any time since this was asked. */
  watchReadOnly(): () => boolean {
    const { isBroken, failures } = this.store;
    return () => isBroken || this.store.isBroken || this.store.failures > failures;
  }

  left(connection: ServerConnection): void {
    this.connections.delete(connection);
  }

  #transport(): Transport {
    const close = async () => {
      for (const connection of [...this.connections]) connection.close(1012);
    };
    return { connections: () => this.connections.size, close } as unknown as Transport;
  }
}

async function* textsOf(frames: AsyncIterable<readonly [string, { readonly json: string }]>) {
  for await (const [, frame] of frames) yield frame.json;
}
