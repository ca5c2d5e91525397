import type { Leaf } from '../contract/leaf.ts';
import type { JsonObject } from '../json.ts';
import type { JsonSchemas } from '../json-schema/json-schemas-of.ts';
import { refusalName, refusalsOf } from './refusals.ts';

/** Every status with which a leaf can answer. */
export function responsesOf(leaf: Leaf, schemas: JsonSchemas): JsonObject {
  const refusals = refusalsOf(leaf).map(([status, codes]) => [
    status,
    { $ref: `#/components/responses/${refusalName(codes)}` },
  ]);
  return { ...successes(leaf, schemas), ...Object.fromEntries(refusals) };
}

function successes(leaf: Leaf, schemas: JsonSchemas): JsonObject {
  const status = leaf.rest?.status ?? 200;
  if (status === 204) return { 204: { description: 'Done; nothing to tell.' } };
  const content = contentOf(leaf, schemas);
  if (leaf.rest?.created !== undefined) {
    return {
      200: { description: 'It exists already, and this is it.', content },
      201: { description: 'Created.', content },
    };
  }
  return { [status]: { description: status === 202 ? 'Accepted, and durable.' : 'The answer.', content } };
}

function contentOf(leaf: Leaf, schemas: JsonSchemas): JsonObject {
  const { produces, stream } = leaf.rest ?? {};
  if (produces !== undefined) return Object.fromEntries(produces.map((type) => [type, {}]));
  const json = { 'application/json': { schema: schemas.of(leaf.output) } };
  return stream === undefined ? json : { ...json, 'text/event-stream': { schema: eventStream } };
}

const eventStream: JsonObject = {
  type: 'string',
  description:
    'The log from the cursor on, for as long as the client stays. `data:` is one frame (FollowFrame), `id:` its cursor; an `error` event (ErrorAnswer) is the last.',
  contentMediaType: 'application/json',
  contentSchema: { $ref: '#/components/schemas/FollowFrame' },
};
