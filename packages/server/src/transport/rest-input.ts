import { PerdureError } from '@perdure/protocol';
import { type InputPlaces, inputPlacesOf } from '@perdure/protocol/schemas';
import { parseJson } from './parse-json.ts';
import { type QueryReader, queryReaderOf } from './query-values.ts';
import { readBody } from './read-body.ts';
import type { FoundRoute, Route } from './rest-routes.ts';

/** How a route's input is put together from path, query, headers and body; worked out once. */
export interface InputReader {
  readonly places: InputPlaces;
  readonly readQuery: QueryReader;
}

export function inputReaderOf({ leaf }: Route): InputReader {
  return { places: inputPlacesOf(leaf), readQuery: queryReaderOf(leaf.input) };
}

/** What the client sent, before any schema has looked at it. The path wins over the body, the body over headers. */
export async function readInput(
  request: Request,
  url: URL,
  { names }: FoundRoute,
  { places, readQuery }: InputReader,
  maxBodyBytes: number,
): Promise<unknown> {
  const ofPath = Object.fromEntries([...places.path].map(([name, field]) => [field, names[name]]));
  const idempotencyKey = places.idempotent ? request.headers.get('idempotency-key') : null;
  const ofHeaders = idempotencyKey === null ? {} : { commandId: idempotencyKey };
  if (places.body.length === 0) return { ...ofHeaders, ...readQuery(url.searchParams), ...ofPath };
  const body = jsonOf(await readBody(request, maxBodyBytes));
  // An input is an object; anything else is handed on for the schema to refuse.
  return isRecord(body) ? { ...ofHeaders, ...body, ...ofPath } : body;
}

function jsonOf(text: string): unknown {
  if (text === '') return {};
  const value = parseJson(text);
  if (value === undefined) throw new PerdureError('malformed-json', 'The body is not JSON.');
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
