import * as z from 'zod';
import { hasBody } from './error-codes-of.ts';
import type { Leaf } from './leaf.ts';

/** Where the fields of a leaf's input stand in a REST request. */
export interface InputPlaces {
  /** Name in the path -> input field. */
  readonly path: ReadonlyMap<string, string>;
  readonly query: readonly string[];
  /** Fields of a JSON body. */
  readonly body: readonly string[];
  /** Whether the header `Idempotency-Key` may stand for `commandId`. */
  readonly idempotent: boolean;
}

/** What the path does not hold stands in the body if that is JSON, else in the query. */
export function inputPlacesOf(leaf: Leaf): InputPlaces {
  const fields = leaf.input instanceof z.ZodObject ? Object.keys(leaf.input.shape) : [];
  const names = [...(leaf.rest?.path ?? '').matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const path = new Map(names.map((name) => [name, name === 'id' ? 'sessionId' : name]));
  const others = fields.filter((field) => ![...path.values()].includes(field));
  const isJsonBody = hasBody(leaf) && (leaf.rest?.accept ?? 'application/json') === 'application/json';
  return {
    path,
    query: isJsonBody ? [] : others,
    body: isJsonBody ? others : [],
    idempotent: fields.includes('commandId'),
  };
}
