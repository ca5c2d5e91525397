import type {
  TRPCBuiltRouter,
  TRPCDefaultErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from '@trpc/server';
import type * as z from 'zod';
import type { Contract } from './contract/contract.ts';
import type { Leaf } from './contract/leaf.ts';
import type { ErrorCode } from './error-codes.ts';
import type { JsonObject } from './json.ts';

/** What stands in `error.data` of a tRPC answer, beside tRPC's own fields. */
export interface PerdureErrorData {
  readonly perdure: {
    readonly code: ErrorCode;
    readonly errorId?: string | undefined;
    readonly details?: JsonObject | undefined;
  };
}

export type PerdureErrorShape = TRPCDefaultErrorShape & { data: PerdureErrorData };

type Procedure<L> =
  L extends Leaf<'query', infer I, infer O>
    ? TRPCQueryProcedure<{ input: z.input<I>; output: z.output<O>; meta: unknown }>
    : L extends Leaf<'mutation', infer I, infer O>
      ? TRPCMutationProcedure<{ input: z.input<I>; output: z.output<O>; meta: unknown }>
      : L extends Leaf<'subscription', infer I, infer O>
        ? TRPCSubscriptionProcedure<{
            input: z.input<I>;
            output: AsyncIterable<{ id: string; data: z.output<O> }, void, unknown>;
            meta: unknown;
          }>
        : never;

/** `http` leaves are no procedures: they are served over REST alone. */
type RpcKeys<C> = { [K in keyof C]: C[K] extends Leaf<'http'> ? never : K }[keyof C];

type RecordOf<C> = {
  [K in RpcKeys<C>]: C[K] extends Leaf ? Procedure<C[K]> : RecordOf<C[K]>;
};

/** The tRPC router type of a contract. */
export type RouterOf<C, Ctx extends object = object, Shape = PerdureErrorShape> = TRPCBuiltRouter<
  { ctx: Ctx; meta: object; errorShape: Shape; transformer: false },
  RecordOf<C>
>;

/** What an ordinary `@trpc/client` is parameterised with. */
export type SessionRouter = RouterOf<Contract>;
