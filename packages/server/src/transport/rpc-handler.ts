import type { Contract } from '@perdure/protocol/schemas';
import type { RouterOf } from '@perdure/protocol/trpc';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { Limits } from '../access/limits.ts';
import { batchTooLarge } from './batch-too-large.ts';
import type { Caller } from './caller.ts';
import { type ErrorAnswers, errorHeaders, raisedError } from './error-answers.ts';
import { limitBody } from './limit-body.ts';
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
      const calls = batchOf(request);
      if (calls > limits.batchSize) throw batchTooLarge(limits.batchSize, calls);
      return await answer(await limitBody(request, limits.bodyBytes), caller);
    } catch (thrown) {
      const error = answers.tell(thrown, undefined);
      const init = { status: error.status, headers: errorHeaders(error) };
      return Response.json({ error: trpcErrorShape(error, undefined) }, init);
    }
  };

  function answer(request: Request, caller: Caller): Promise<Response> {
    return fetchRequestHandler({
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
  }
}

/** How many calls a request says it holds. */
function batchOf(request: Request): number {
  const { pathname, searchParams } = new URL(request.url);
  return searchParams.get('batch') === '1' ? pathname.split(/,|%2c/i).length : 1;
}
