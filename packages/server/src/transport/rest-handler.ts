import { PerdureError } from '@perdure/protocol';
import type { Contract, Leaf } from '@perdure/protocol/schemas';
import { callTRPCProcedure } from '@trpc/server';
import type { RouterOf } from '@perdure/protocol/trpc';
import type { Caller } from './caller.ts';
import { type ErrorAnswers, errorResponse } from './error-answers.ts';
import type { EventStreams } from './event-streams.ts';
import { handlerAt, type Handlers } from './handler-types.ts';
import { notImplemented } from './implement-contract.ts';
import { checkProtocol, type LeafGuard, principalOf } from './leaf-guard.ts';
import type { Outflow } from './outflow.ts';
import { type InputReader, inputReaderOf, readInput } from './rest-input.ts';
import { parseInput } from '../host/parse-input.ts';
import { findRoute, type FoundRoute, type Route } from './rest-routes.ts';

export interface RestParts {
  readonly router: RouterOf<Contract, Caller>;
  readonly routes: readonly Route[];
  readonly handlers: Handlers<Contract>;
  readonly guard: LeafGuard;
  readonly answers: ErrorAnswers;
  readonly streams: EventStreams;
  readonly bodyBytes: number;
}

/** Answers a request whose path, below the base path, stands in the contract. */
export type RestHandler = (
  request: Request,
  url: URL,
  pathname: string,
  caller: Caller,
  outflow: Outflow | undefined,
) => Promise<Response>;

/** REST is a second way to the procedures of the router: the same guard, schemas, handlers and errors. */
export function createRestHandler(parts: RestParts): RestHandler {
  const readers = new Map(parts.routes.map((route) => [route.path, inputReaderOf(route)]));

  return async (request, url, pathname, caller, outflow) => {
    const match = findRoute(parts.routes, request.method, pathname);
    switch (match.kind) {
      case 'unknown':
        return errorResponse(
          new PerdureError('unknown-procedure', 'There is no such route; /v1/openapi.json lists them all.'),
        );
      case 'wrong-method':
        return errorResponse(
          new PerdureError('method-not-allowed', `This route takes ${match.allow.join(', ')}.`),
          { allow: match.allow.join(', ') },
        );
      case 'found':
        try {
          const { stream } = match.route.rest;
          // A stranger's body is not worth reading.
          checkProtocol(caller.protocol);
          if (match.route.leaf.access !== 'public') principalOf(caller);
          return stream === 'sessions.follow' && wantsEventStream(request)
            ? await parts.streams.open(request, url, match, caller, outflow)
            : await answer(request, url, match, caller);
        } catch (error) {
          return errorResponse(parts.answers.tell(error, match.route.path));
        }
      default:
        throw match satisfies never;
    }
  };

  async function answer(request: Request, url: URL, found: FoundRoute, caller: Caller): Promise<Response> {
    const { path, leaf } = found.route;
    const input = await readInput(request, url, found, readerOf(path), parts.bodyBytes);
    if (leaf.kind === 'http') return answerHttp(path, leaf, request, input, caller);
    const output = await callTRPCProcedure({
      router: parts.router,
      path,
      type: leaf.kind,
      ctx: caller,
      getRawInput: async () => input,
      signal: request.signal,
      batchIndex: 0,
    });
    return answerOf(found.route, output);
  }

  /** Streamed bodies are no procedures, so the steps that a router takes are taken here. */
  async function answerHttp(
    path: string,
    leaf: Leaf,
    request: Request,
    raw: unknown,
    caller: Caller,
  ): Promise<Response> {
    const asker = await parts.guard(path, leaf, caller, raw);
    const handler = handlerAt(parts.handlers, path);
    if (handler === undefined) throw notImplemented(path);
    const input = parseInput(leaf.input, raw);
    return (await handler({ ...asker, input, request, signal: request.signal })) as Response;
  }

  function readerOf(path: string): InputReader {
    const reader = readers.get(path);
    if (reader === undefined) throw new Error(`No reader for ${path}.`);
    return reader;
  }
}

function answerOf({ rest }: Route, output: unknown): Response {
  if (rest.status === 204) return new Response(null, { status: 204 });
  const isCreated =
    rest.created !== undefined &&
    typeof output === 'object' &&
    output !== null &&
    Reflect.get(output, rest.created) === true;
  return Response.json(output, { status: isCreated ? 201 : (rest.status ?? 200) });
}

function wantsEventStream({ method, headers }: Request): boolean {
  return method === 'GET' && /(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(headers.get('accept') ?? '');
}
