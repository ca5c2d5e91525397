import { PerdureError } from '@perdure/protocol';
import { CredentialWatch } from './access/credential-watch.ts';
import { FunctionAuthenticator, principalFrom } from './access/function-authenticator.ts';
import { defaultLimits } from './access/limit-defaults.ts';
import type { Limits } from './access/limits.ts';
import { LocalLimiter } from './access/local-limiter.ts';
import { OpenAuthenticator } from './access/open-authenticator.ts';
import { OwnerAuthorizer } from './access/owner-authorizer.ts';
import { TokenAuthenticator } from './access/token-authenticator.ts';
import type { Authenticator } from './access/authenticator.ts';
import { checkRuntimeOptions } from './config/check-options.ts';
import { configInvalid } from './config/config-error.ts';
import type { AgentRuntimeOptions } from './config/runtime-options.ts';
import { LocalSessionHost } from './host/local-session-host.ts';
import { LocalClientHub } from './hub/local-client-hub.ts';
import { createPinoLogger } from './process/pino-logger.ts';
import { randomIdSource } from './process/random-id-source.ts';
import { RuntimeLife } from './process/runtime-life.ts';
import { serverVersion } from './process/server-version.ts';
import { sha256Digest } from './process/sha256-digest.ts';
import { systemClock } from './process/system-clock.ts';
import type { Clock } from './session/clock.ts';
import type { Logger } from './session/logger.ts';
import { MemorySessionStore } from './store/memory-session-store.ts';
import type { SessionStore } from './store/session-store.ts';
import { SqliteSessionStore } from './store/sqlite/sqlite-session-store.ts';
import type { AgentRuntime } from './runtime-interface.ts';
import { attachUpgrades } from './transport/attach-upgrades.ts';
import { isLoopback } from './transport/is-loopback.ts';
import { createPages } from './transport/page-files.ts';
import { createTransport } from './transport/transport.ts';

/** The one place where parts are chosen and put together. */
export function createAgentRuntime(options: AgentRuntimeOptions): AgentRuntime {
  checkRuntimeOptions(options);
  if (options.authenticate !== undefined && options.tokens !== undefined) {
    throw configInvalid('tokens', 'authenticate is given too, and only one of them can say who someone is.');
  }
  const clock = systemClock;
  const ids = randomIdSource;
  const logger = loggerOf(options);
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const basePath = options.basePath ?? '';
  const publicUrl = options.publicUrl === undefined ? undefined : new URL(options.publicUrl);
  const authorizer = options.authorizer ?? new OwnerAuthorizer();
  const limiter = options.limiter ?? new LocalLimiter(limits, clock);
  const isOpen = options.authenticate === undefined && options.tokens === undefined;
  const authenticator = authenticatorOf(options, clock);
  const credentials = new CredentialWatch(authenticator, clock);
  const store = storeOf(options.store, limits, logger);
  const host = new LocalSessionHost({
    store,
    clock,
    ids,
    digest: sha256Digest,
    logger,
    authorizer,
    agents: new Map(Object.entries(options.agents)),
    limits,
    data: options.data,
    retention: options.retention,
  });
  const hub = new LocalClientHub({ source: host.source, clock });
  host.setClientHub(hub);

  const life = new RuntimeLife({
    store,
    sessionLogBytes: limits.sessionLogBytes,
    host,
    hub,
    credentials,
    clock,
    logger,
    directory: directoryOf(options.store),
    transport: () => transport,
  });
  const transport = createTransport({
    host,
    store,
    durability: store.durability,
    authenticator,
    authorizer,
    credentials,
    limiter,
    limits,
    clock,
    ids,
    logger,
    serverVersion,
    basePath,
    publicUrl,
    origins: options.origins ?? [],
    pages: options.pages === undefined ? undefined : createPages(options.pages.directory),
    isOpen,
    boundHost: () => life.boundHost,
    phase: () => life.phase,
    health: () => host.health(),
    isDraining: () => life.isDraining,
    ready: () => life.ready(),
  });

  return {
    host,
    as: (principal) => {
      const asked = 'credentialId' in principal ? principal : principalFrom(principal, undefined);
      const peer = { remoteAddress: 'in-process', principal: asked };
      return {
        url: `http://perdure.internal${basePath}`,
        fetch: (input, init) => transport.app(new Request(input, init), peer),
      };
    },
    fetch: (request, environment) => transport.fetch(request, environment?.incoming?.socket?.localAddress),
    node: transport.node,
    handleUpgrade: transport.handleUpgrade,
    attach: (server) => attachUpgrades(server, transport.handleUpgrade),
    listen: async ({ port = 4600, host: address = '127.0.0.1', signal } = {}) => {
      if (isOpen && !isLoopback(address)) throw tokenRequired(address);
      return life.listen({ port, host: address, basePath, signal });
    },
    start: () => life.start(),
    shutdown: ({ deadlineMs } = {}) => life.shutdown(deadlineMs),
    isHealthy: () => host.isHealthy().catch(() => false), // who cannot even be asked is not healthy
  };
}

function authenticatorOf({ authenticate, tokens }: AgentRuntimeOptions, clock: Clock): Authenticator {
  if (typeof authenticate === 'function') return new FunctionAuthenticator(authenticate, clock);
  if (authenticate !== undefined) return authenticate;
  return tokens === undefined ? new OpenAuthenticator() : new TokenAuthenticator(tokens);
}

function storeOf(store: AgentRuntimeOptions['store'], limits: Limits, logger: Logger): SessionStore {
  const { sessionLogBytes } = limits;
  if (store === undefined)
    return new SqliteSessionStore({ directory: DEFAULT_DIRECTORY, sessionLogBytes, logger });
  if (!('type' in store)) return store;
  switch (store.type) {
    case 'sqlite':
      return new SqliteSessionStore({ ...store, sessionLogBytes, logger });
    case 'memory':
      return new MemorySessionStore({ sessionLogBytes });
    default:
      return store satisfies never;
  }
}

/** Where the server tells other programs of its user that it is here: beside its data, if that is in a directory. */
function directoryOf(store: AgentRuntimeOptions['store']): string | undefined {
  if (store === undefined) return DEFAULT_DIRECTORY;
  return 'type' in store && store.type === 'sqlite' ? store.directory : undefined;
}

function loggerOf({ logger = 'info', tokens = [] }: AgentRuntimeOptions): Logger {
  return typeof logger === 'string' ? createPinoLogger(logger, { secrets: () => tokens }) : logger;
}

function tokenRequired(address: string): PerdureError {
  return new PerdureError(
    'token-required',
    `Others can reach a server on ${address}, so it needs a token (--token-file, tokens) or a login of yours (authenticate).`,
  );
}

const DEFAULT_DIRECTORY = './.perdure';
