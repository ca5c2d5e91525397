import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PerdureError } from '@perdure/protocol';
import { contract, openApiDocument } from '@perdure/protocol/schemas';
import type { Authenticator } from '../access/authenticator.ts';
import type { Authorizer } from '../access/authorizer.ts';
import type { SessionHost } from '../host/session-host.ts';
import type { Clock } from '../session/clock.ts';
import type { IdSource } from '../session/id-source.ts';
import type { Logger } from '../session/logger.ts';
import type { SessionStore } from '../store/session-store.ts';
import { admissionError, admitRequest } from './admit-request.ts';
import type { ServerFacts } from './caller.ts';
import { createErrorAnswers, errorResponse } from './error-answers.ts';
import { EventStreams } from './event-streams.ts';
import { gateRulesOf } from './gate-rules.ts';
import { handlers } from './handlers.ts';
import { createHealthRoutes, type HealthParts } from './health-routes.ts';
import { createHttpApp, type Peer } from './http-app.ts';
import { implement } from './implement-contract.ts';
import { isLoopback } from './is-loopback.ts';
import { createLeafGuard } from './leaf-guard.ts';
import { createNodeHandler, type NodeHandler } from './node-handler.ts';
import type { Pages } from './page-files.ts';
import { factsOfRequest } from './request-facts.ts';
import { createRestHandler } from './rest-handler.ts';
import { restRoutesOf } from './rest-routes.ts';
import { createRpcHandler } from './rpc-handler.ts';
import { SocketServer } from './socket-server.ts';

export interface TransportParts extends HealthParts, ServerFacts {
  readonly host: SessionHost;
  readonly store: Pick<SessionStore, 'find'>;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly basePath: string;
  readonly publicUrl: URL | undefined;
  readonly origins: readonly string[];
  readonly pages: Pages | undefined;
  /** It lets everyone in, so it must be out of everyone's reach. */
  readonly isOpen: boolean;
  /** The one address it is bound to beside loopback. */
  boundHost(): string | undefined;
  isDraining(): boolean;
  /** Resolves when requests can be answered. */
  ready(): Promise<void>;
}

export interface Transport {
  /** Behind the gate: for callers that are no network. */
  readonly app: (request: Request, peer: Peer) => Promise<Response>;
  readonly fetch: (request: Request, localAddress: string | undefined) => Promise<Response>;
  readonly node: NodeHandler;
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** Sockets and streams that are open. */
  connections(): number;
  /** Ends them, spread over a time. */
  close(spreadMs: number): Promise<void>;
}

/** Every wire of a server, from one contract. */
export function createTransport(parts: TransportParts): Transport {
  const { basePath, limits, clock, ids, logger } = parts;
  const answers = createErrorAnswers({ logger, ids });
  const guard = createLeafGuard({ ...parts, server: parts });
  const router = implement(contract, handlers, { guard, answers });
  const routes = restRoutesOf(contract);
  const streams = new EventStreams({ guard, answers, clock, ids });
  const endpoint = `${basePath}/trpc`;
  /** Made when it is first asked for, and kept: it takes tens of milliseconds, and anyone may ask. */
  let openApi: string | undefined;
  const serve = createHttpApp({
    basePath,
    origins: parts.origins,
    authenticator: parts.authenticator,
    answers,
    health: createHealthRoutes(parts),
    rest: createRestHandler({
      router,
      routes,
      handlers,
      guard,
      answers,
      streams,
      bodyBytes: limits.bodyBytes,
    }),
    rpc: createRpcHandler({ router, answers, endpoint, limits }),
    openApi: () => {
      openApi ??= JSON.stringify(openApiDocument({ serverVersion: parts.serverVersion, basePath }));
      return openApi;
    },
    pages: parts.pages,
    ready: () => parts.ready(),
  });
  const rules = gateRulesOf({
    basePath,
    routes,
    targetBytes: limits.targetBytes,
    publicUrl: parts.publicUrl,
    origins: parts.origins,
    hasPages: parts.pages !== undefined,
    boundHost: () => parts.boundHost(),
  });
  const sockets = new SocketServer({ ...parts, router, answers, endpoint, rules, refuseOpen });

  function refuseOpen(localAddress: string | undefined): PerdureError | undefined {
    if (!parts.isOpen || (localAddress !== undefined && isLoopback(localAddress))) return undefined;
    return new PerdureError(
      'unauthenticated',
      'This server can be reached from outside this machine, and has neither tokens nor authenticate in its options: it lets nobody in.',
    );
  }

  return {
    app: serve,
    async fetch(request, localAddress) {
      const admission = admitRequest(factsOfRequest(request), rules);
      const refusal = admission.isAdmitted ? refuseOpen(localAddress) : admissionError(admission);
      return refusal === undefined ? serve(request, { remoteAddress: '' }) : errorResponse(refusal);
    },
    node: createNodeHandler({
      app: serve,
      rules,
      bodyBytes: limits.bodyBytes,
      clock,
      isOurs: rules.isOurs,
      refuseOpen,
    }),
    handleUpgrade: (request, socket, head) => sockets.handleUpgrade(request, socket, head),
    connections: () => sockets.size + streams.size,
    close: async (spreadMs) => {
      await Promise.all([sockets.close(spreadMs), streams.close(spreadMs)]);
    },
  };
}
