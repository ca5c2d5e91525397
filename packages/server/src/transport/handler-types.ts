import type { Json } from '@perdure/protocol';
import { type ContractTree, type Leaf, leavesOf } from '@perdure/protocol/schemas';
import type { TrackedEnvelope } from '@trpc/server';
import type * as z from 'zod';
import type { FrameText } from '../hub/client-hub.ts';
import type { Asker } from './caller.ts';

/** What a handler gets: the parsed input, who asks, and a signal that aborts when nobody waits for the answer any more. */
export interface Call<I> extends Asker {
  readonly input: I;
  readonly signal: AbortSignal;
}

/** Handlers hand out what they hold; nobody writes to it. Where the schema says "any JSON" it says nothing. */
type Unwritten<T> = Json extends T
  ? unknown
  : T extends readonly (infer E)[]
    ? readonly Unwritten<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Unwritten<T[K]> }
      : T;

type HandlerOf<L> =
  L extends Leaf<'subscription', infer I, infer O>
    ? (call: Call<z.output<I>>) => AsyncIterable<TrackedEnvelope<FrameText | z.output<O>>>
    : L extends Leaf<'http', infer I>
      ? (call: Call<z.output<I>> & { readonly request: Request }) => Promise<Response>
      : L extends Leaf<'query' | 'mutation', infer I, infer O>
        ? (call: Call<z.output<I>>) => Promise<Unwritten<z.output<O>>>
        : never;

/** The handlers of a contract: its shape, with the leaves that are not built yet left out. */
export type Handlers<C> = {
  readonly [K in keyof C]?: C[K] extends Leaf ? HandlerOf<C[K]> : Handlers<C[K]>;
};

/** A handler whose leaf is not known by type: it was found by its path. */
export type AnyHandler = (call: Call<unknown> & { readonly request?: Request }) => unknown;

/** The handler of a leaf by its dotted path. */
export function handlerAt<C extends ContractTree>(
  handlers: Handlers<C>,
  path: string,
): AnyHandler | undefined {
  let node: unknown = handlers;
  for (const name of path.split('.')) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) return undefined;
    node = Reflect.get(node, name);
  }
  return typeof node === 'function' ? (node as AnyHandler) : undefined;
}

/** Paths of the leaves that have a handler, in the order of the contract. */
export function builtLeavesOf<C extends ContractTree>(contract: C, handlers: Handlers<C>): readonly string[] {
  return [...leavesOf(contract)]
    .map(([path]) => path)
    .filter((path) => handlerAt(handlers, path) !== undefined);
}

/** Paths of the leaves that have none. */
export function plannedLeavesOf<C extends ContractTree>(
  contract: C,
  handlers: Handlers<C>,
): readonly string[] {
  return [...leavesOf(contract)]
    .map(([path]) => path)
    .filter((path) => handlerAt(handlers, path) === undefined);
}
