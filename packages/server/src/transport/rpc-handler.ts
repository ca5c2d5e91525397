import { PerdureError } from '@perdure/protocol';
import type { Contract } from '@perdure/protocol/schemas';
import type { RouterOf } from '@perdure/protocol/trpc';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { Limits } from '../access/limits.ts';
import { batchTooLarge } from './batch-too-large.ts';
import type { Caller } from './caller.ts';
import { type ErrorAnswers, errorHeaders, raisedError } from './error-answers.ts';
import { readBody } from './read-body.ts';
import { trpcErrorShape } from './trpc-error-shape.ts';

export interface RpcParts {
  readonly router: RouterOf<Contract, Caller>;
  readonly answers: ErrorAnswers;
  /** Public path of the procedures, such as `/agents/trpc`. */
  readonly endpoint: string;
  readonly limits: Pick<Limits, 'batchSize' | 'bodyBytes'>;
}

/** tRPC over HTTP: queries with GET, mutations with POST, subscriptions as its own event streams. */
export function createRpcHandler({ router, answers, endpoint, limits }: RpcParts) {
  return async (request: Request, caller: Caller): Promise<Response> => {
    try {
      if (!methods.has(request.method)) throw wrongMethod();
      const calls = batchOf(request);
      if (calls > limits.batchSize) throw batchTooLarge(limits.batchSize, calls);
      return await answer(await withReadBody(request, limits.bodyBytes), caller);
    } catch (thrown) {
      const error = answers.tell(thrown, undefined);
      const headers = { ...errorHeaders(error), ...(error.code === 'method-not-allowed' ? { allow } : {}) };
      const init = { status: error.status, headers };
      return Response.json({ error: trpcErrorShape(error, undefined) }, init);
    }
  };

  async function answer(request: Request, caller: Caller): Promise<Response> {
    const response = await fetchRequestHandler({
      router,
      endpoint,
      req: request,
      createContext: () => caller,
      responseMeta: ({ errors, type }) => {
        const error = errors.map(raisedError).find((raised) => raised !== undefined);
        return {
          headers: {
            'cache-control': 'no-store',
            ...(error === undefined ? {} : errorHeaders(error)),
            ...(error?.code === 'method-not-allowed' ? { allow: type === 'mutation' ? 'POST' : 'GET' } : {}),
          },
        };
      },
    });
    // What tRPC refuses before it looks at the calls has no media type of its own.
    if (response.status >= 400) response.headers.set('content-type', 'application/json');
    return response;
  }
}

const methods = new Set(['GET', 'HEAD', 'POST']);
const allow = [...methods].join(', ');

function wrongMethod(): PerdureError {
  return new PerdureError('method-not-allowed', 'Queries and subscriptions take GET, mutations POST.');
}

/**
 * tRPC would read a body of any size, and take one that breaks off for a fault of the server. The gate has let no body in
 * but JSON; a request without one may have no media type.
 */
async function withReadBody(request: Request, maxBytes: number): Promise<Request> {
  if (request.method !== 'POST') return request;
  const { url, method, signal } = request;
  const body = await readBody(request, maxBytes);
  const headers = new Headers([...request.headers]);
  headers.set('content-type', 'application/json');
  return new Request(url, { method, headers, body, signal });
}

/** How many calls a request says it holds. */
function batchOf(request: Request): number {
  const { pathname, searchParams } = new URL(request.url);
  return searchParams.get('batch') === '1' ? pathname.split(/,|%2c/i).length : 1;
}
