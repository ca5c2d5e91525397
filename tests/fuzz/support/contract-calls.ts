import { contract, inputPlacesOf, type Leaf, leavesOf } from '@perdure/protocol/schemas';
import * as fc from 'fast-check';
import { arbitraryOf } from '../../../packages/protocol/test/arbitrary-of.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

/** A call that the contract allows. */
export interface ContractCall {
  readonly path: string;
  readonly leaf: Leaf;
  readonly input: unknown;
}

export interface RestRequest {
  readonly method: string;
  /** Below the server's base. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the JSON body says; `undefined`: there is none. */
  readonly body: unknown;
}

/** Inputs made for each leaf; more say nothing new, mutation does. */
const INPUTS = 40;

/** Values that mean something on the server, by the name of the field that takes them. */
export type KnownValues = Readonly<Record<string, string | number>>;

/** Calls of every leaf there is, made from the schemas: a leaf that is added to the contract is in here by itself. */
export function contractCalls(random: SeededRandom): { next(known: KnownValues): ContractCall } {
  const pools = [...leavesOf(contract)].map(([path, leaf]) => ({
    path,
    leaf,
    inputs: fc.sample(arbitraryOf(leaf.input), { seed: random.below(2 ** 31), numRuns: INPUTS }),
  }));
  return {
    next: (known) => {
      const { path, leaf, inputs } = random.pick(pools);
      // What is deleted is of no use to those that come after.
      const values = path === 'sessions.delete' ? {} : known;
      return { path, leaf, input: aimed(random.pick(inputs), values, random) };
    },
  };
}

/** Something that is there is worth more than something that is not. */
function aimed(input: unknown, known: KnownValues, random: SeededRandom): unknown {
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      // Nobody waits a minute here for the end of a run.
      if (name === 'wait') return [name, 0];
      const better = Object.hasOwn(known, name) && random.chance(0.8) ? known[name] : undefined;
      return [name, better ?? value];
    }),
  );
}

/** The call as a message of tRPC's WebSocket. */
export function rpcMessage({ path, leaf, input }: ContractCall, id: number): unknown {
  // What is served over REST alone is asked for all the same: the answer must be a typed one.
  const method = leaf.kind === 'http' ? 'query' : leaf.kind;
  return { id, method, params: { path, input } };
}

/** The call as tRPC's HTTP clients send it. */
export function rpcRequest({ path, leaf, input }: ContractCall): RestRequest {
  const isQuery = leaf.kind !== 'mutation';
  const query = `?input=${encodeURIComponent(JSON.stringify(input) ?? '')}`;
  return {
    method: isQuery ? 'GET' : 'POST',
    target: `/trpc/${path}${isQuery ? query : ''}`,
    headers: {},
    body: isQuery ? undefined : input,
  };
}

/** The call as REST; `undefined` for a leaf that has no route. */
export function restRequest({ leaf, input }: ContractCall): RestRequest | undefined {
  if (leaf.rest === undefined) return undefined;
  const fields = new Map(Object.entries(input as object));
  const { path, query, body } = inputPlacesOf(leaf);
  const target = leaf.rest.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(String(fields.get(path.get(name) ?? '') ?? 'none')),
  );
  return {
    method: leaf.rest.method,
    target: target + queryOf(query.map((name) => [name, fields.get(name)])),
    headers: {},
    body: body.length === 0 ? undefined : Object.fromEntries(body.map((name) => [name, fields.get(name)])),
  };
}

function queryOf(fields: readonly (readonly [name: string, value: unknown])[]): string {
  const query = new URLSearchParams();
  for (const [name, value] of fields) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const item of value) query.append(name, String(item));
    else if (typeof value === 'object' && value !== null)
      for (const [key, part] of Object.entries(value)) query.append(`${name}.${key}`, String(part));
    else query.append(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}
