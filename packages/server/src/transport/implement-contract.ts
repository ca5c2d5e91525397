import { PerdureError } from '@perdure/protocol';
import { type ContractTree, isLeaf, type Leaf } from '@perdure/protocol/schemas';
import type { PerdureErrorShape, RouterOf } from '@perdure/protocol/trpc';
import { initTRPC, type TRPCCreateRouterOptions } from '@trpc/server';
import * as z from 'zod';
import type { Asker, Caller } from './caller.ts';
import type { ErrorAnswers } from './error-answers.ts';
import { handlerAt, type Handlers } from './handler-types.ts';
import type { LeafGuard } from './leaf-guard.ts';
import { trpcErrorShape } from './trpc-error-shape.ts';

interface Resolved {
  readonly input: unknown;
  readonly ctx: Asker;
  readonly signal: AbortSignal | undefined;
}

export interface ImplementParts {
  readonly guard: LeafGuard;
  readonly answers: ErrorAnswers;
}

/**
 * The tRPC router of a contract. A handler of a wrong type does not compile; a leaf without one is guarded like the others
 * and then answers `not-implemented`.
 */
export function implement<const C extends ContractTree>(
  contract: C,
  handlers: Handlers<C>,
  { guard, answers }: ImplementParts,
): RouterOf<C, Caller> {
  const t = initTRPC.context<Caller>().create({
    // Without this tRPC sends stacks unless NODE_ENV says production.
    isDev: false,
    errorFormatter: ({ error, path }): PerdureErrorShape => trpcErrorShape(answers.tell(error, path), path),
    sse: { ping: { enabled: true, intervalMs: HEARTBEAT_MS } },
  });

  const procedureOf = (path: string, leaf: Leaf) => {
    const handler = handlerAt(handlers, path);
    const resolve = ({ input, ctx, signal }: Resolved) => {
      if (handler === undefined) throw notImplemented(path);
      return handler({ input, ...ctx, signal: signal ?? neverAborted });
    };
    const procedure = t.procedure
      .use(async ({ ctx, getRawInput, next }) =>
        next({ ctx: await guard(path, leaf, ctx, await getRawInput()) }),
      )
      // What is not built says so whatever it is given.
      .input(handler === undefined ? z.unknown() : leaf.input);
    switch (leaf.kind) {
      case 'query':
        return procedure.query(resolve);
      case 'mutation':
        return procedure.mutation(resolve);
      case 'subscription':
        return procedure.subscription((resolved) => resolve(resolved) as AsyncIterable<unknown>);
      case 'http':
        return undefined; // streamed bodies: served over REST alone
      default:
        return leaf.kind satisfies never;
    }
  };

  const routerOf = (tree: ContractTree, at: readonly string[]): TRPCCreateRouterOptions =>
    Object.fromEntries(
      Object.entries(tree).flatMap(([name, node]) => {
        const path = [...at, name];
        const built = isLeaf(node) ? procedureOf(path.join('.'), node) : routerOf(node, path);
        return built === undefined ? [] : [[name, built]];
      }),
    );

  // The one place where what was built from data gets the type that the same data has.
  return t.router(routerOf(contract, [])) as unknown as RouterOf<C, Caller>;
}

/** What a leaf without a handler answers, on whatever wire. */
export function notImplemented(path: string): PerdureError {
  return new PerdureError(
    'not-implemented',
    `${path} is part of the contract, but this server does not offer it yet.`,
    { details: { procedure: path } },
  );
}

/** Proxies cut connections that are silent for 30 to 60 s. */
export const HEARTBEAT_MS = 15_000;

const neverAborted = new AbortController().signal;
