import type * as z from 'zod';
import type { WireErrorCode } from '../error-codes.ts';
import type { Access } from './access.ts';

export type LeafKind = 'query' | 'mutation' | 'subscription' | 'http';

/** Media types that a body may have; a leaf without `accept` takes JSON. */
export type BodyType = 'application/json' | 'application/jsonl' | 'application/octet-stream';

/** Media types that an answer may have beside JSON. */
export type AnswerType =
  | 'application/json'
  | 'application/jsonl'
  | 'application/octet-stream'
  | 'text/csv'
  | 'text/event-stream'
  | 'text/markdown';

/** Where a leaf stands in REST. `{name}` in the path is an input field; `{id}` is `sessionId`. */
export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  /** Status of success. Default: 200. */
  readonly status?: 200 | 202 | 204;
  /** The output field that, when true, makes the status 201. */
  readonly created?: string;
  readonly accept?: BodyType;
  /** Media types of an answer that is not JSON. */
  readonly produces?: readonly [AnswerType, ...AnswerType[]];
  /** Path of the subscription that answers instead when the client accepts `text/event-stream`. */
  readonly stream?: string;
}

/** One procedure of the contract: everything that handlers, router, REST, OpenAPI, docs and tests derive from. */
export interface Leaf<
  K extends LeafKind = LeafKind,
  I extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
> {
  readonly kind: K;
  /** The rights it needs, all of them; `public` needs no credential. */
  readonly access: 'public' | readonly [Access, ...Access[]];
  readonly input: I;
  readonly output: O;
  /** Its own error codes; those of gate, access, limits and store are added by kind. */
  readonly errors: readonly WireErrorCode[];
  readonly rest?: RestRoute;
  readonly summary: string;
}

export interface ContractTree {
  readonly [name: string]: Leaf | ContractTree;
}

type Definition<I extends z.ZodType, O extends z.ZodType> = Omit<Leaf<LeafKind, I, O>, 'kind'>;

const leaf =
  <K extends LeafKind>(kind: K) =>
  <I extends z.ZodType, O extends z.ZodType>(definition: Definition<I, O>): Leaf<K, I, O> => ({
    kind,
    ...definition,
  });

export const query = leaf('query');
export const mutation = leaf('mutation');
export const subscription = leaf('subscription');
/** A streamed body either way: served over REST alone. */
export const http = leaf('http');

export function isLeaf(node: Leaf | ContractTree): node is Leaf {
  return typeof node['kind'] === 'string' && 'input' in node;
}

/** Every leaf of a contract with its dotted path, in the order they are written. */
export function* leavesOf(
  tree: ContractTree,
  at: readonly string[] = [],
): Generator<readonly [path: string, leaf: Leaf]> {
  for (const [name, node] of Object.entries(tree)) {
    const path = [...at, name];
    if (isLeaf(node)) yield [path.join('.'), node];
    else yield* leavesOf(node, path);
  }
}
