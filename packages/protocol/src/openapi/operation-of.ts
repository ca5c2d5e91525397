import { type InputPlaces, inputPlacesOf } from '../contract/input-places.ts';
import type { Leaf } from '../contract/leaf.ts';
import type { JsonObject } from '../json.ts';
import type { JsonSchemas } from '../json-schema/json-schemas-of.ts';
import { parametersOf } from './parameters-of.ts';
import { responsesOf } from './responses-of.ts';

/** One procedure as an OpenAPI operation. */
export function operationOf(path: string, leaf: Leaf, schemas: JsonSchemas): JsonObject {
  const places = inputPlacesOf(leaf);
  const input = schemas.of(leaf.input);
  const body = bodyOf(leaf, places, input);
  return {
    operationId: path,
    tags: [path.split('.')[0] ?? path],
    summary: leaf.summary,
    ...(leaf.access === 'public'
      ? { security: [{}, { bearer: [] }] } // a credential is welcome, for the answer tells who you are
      : { description: `Needs ${leaf.access.map((right) => `\`${right}\``).join(' and ')}.` }),
    parameters: parametersOf(leaf, places, input),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: responsesOf(leaf, schemas),
  };
}

function bodyOf(leaf: Leaf, places: InputPlaces, input: JsonObject): JsonObject | undefined {
  const accept = leaf.rest?.accept;
  if (accept !== undefined && accept !== 'application/json') {
    return { required: true, content: { [accept]: {} } };
  }
  if (places.body.length === 0) return undefined;
  const properties = input['properties'] as JsonObject;
  const required = ((input['required'] ?? []) as string[]).filter((field) => places.body.includes(field));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(places.body.map((field) => [field, properties[field] ?? {}])),
    ...(required.length === 0 ? {} : { required }),
  };
  return { required: required.length > 0, content: { 'application/json': { schema } } };
}
