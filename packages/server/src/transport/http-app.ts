import { PerdureError } from '@perdure/protocol';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { Authenticator } from '../access/authenticator.ts';
import type { Principal } from '../access/principal.ts';
import { authenticateCaller, bearerToken } from './authenticate-caller.ts';
import type { Caller } from './caller.ts';
import { type ErrorAnswers, errorResponse } from './error-answers.ts';
import type { HealthRoutes } from './health-routes.ts';
import type { Outflow } from './outflow.ts';
import type { Pages } from './page-files.ts';
import type { RestHandler } from './rest-handler.ts';

/** What the bridge knows of a request that the request itself does not tell. */
export interface Peer {
  readonly remoteAddress: string;
  /** Who asks, where that was settled before there was a request. */
  readonly principal?: Principal | undefined;
  readonly outflow?: Outflow | undefined;
}

export interface HttpAppParts {
  readonly basePath: string;
  readonly origins: readonly string[];
  readonly authenticator: Authenticator;
  readonly answers: ErrorAnswers;
  readonly health: HealthRoutes;
  readonly rest: RestHandler;
  readonly rpc: (request: Request, caller: Caller) => Promise<Response>;
  /** The OpenAPI document as text. */
  readonly openApi: () => string;
  /** The pages, if this server has any. */
  readonly pages: Pages | undefined;
  /** Resolves when procedures can be answered. */
  ready(): Promise<void>;
}

/** Everything that is served over HTTP, as one web-standard function. The gate stands before it. */
export function createHttpApp(parts: HttpAppParts): (request: Request, peer: Peer) => Promise<Response> {
  const { basePath, answers, health } = parts;
  const app = new Hono<{ Bindings: Peer }>().basePath(basePath === '' ? '/' : basePath);

  if (parts.origins.length > 0) app.use(crossOrigin(parts.origins));
  app.use(async (context, next) => {
    await next();
    context.header('x-content-type-options', 'nosniff');
  });
  app.get('/healthz', () => health.live());
  app.get('/readyz', () => health.ready());
  app.get('/v1/openapi.json', ({ body }) =>
    body(parts.openApi(), 200, { 'content-type': 'application/json' }),
  );
  app.all('/v1/*', async ({ req, env }) => {
    const url = new URL(req.url);
    const pathname = url.pathname.slice(basePath.length);
    await parts.ready();
    return parts.rest(req.raw, url, pathname, await callerOf(req.raw, env), env.outflow);
  });
  app.all('/trpc/*', async ({ req, env }) => {
    await parts.ready();
    return parts.rpc(req.raw, await callerOf(req.raw, env));
  });
  app.get('*', async ({ req }) => {
    const pathname = new URL(req.url).pathname.slice(basePath.length);
    return (await parts.pages?.(pathname)) ?? unknownRoute();
  });
  app.notFound(unknownRoute);
  app.onError((error) => errorResponse(answers.tell(error, undefined)));

  return async (request, peer) => app.fetch(request, peer);

  async function callerOf(request: Request, { remoteAddress, principal }: Peer): Promise<Caller> {
    const protocol = request.headers.get('perdure-protocol') ?? undefined;
    if (principal !== undefined) return { authentication: { ok: true, principal }, protocol };
    const headers = Object.fromEntries(request.headers);
    const transport = headers['accept']?.includes('text/event-stream') === true ? 'sse' : 'http';
    const credential = bearerToken(headers['authorization']);
    return authenticateCaller(
      parts.authenticator,
      { credential, protocol, headers, remoteAddress, transport },
      request.signal,
    );
  }
}

/** Pages of the named origins may read answers and send what our clients send. Never `*`. */
function crossOrigin(origins: readonly string[]) {
  return cors({
    origin: [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'perdure-protocol'],
    exposeHeaders: ['retry-after'],
    credentials: true,
    maxAge: 600, // saves most preflights, and a changed list is felt within ten minutes
  });
}

function unknownRoute(): Response {
  return errorResponse(
    new PerdureError('unknown-procedure', 'There is no such route; /v1/openapi.json lists them all.'),
  );
}
