import type { InputPlaces } from '../contract/input-places.ts';
import type { Leaf } from '../contract/leaf.ts';
import type { JsonObject } from '../json.ts';

/** What a request carries in path, query and headers. `input` is the JSON Schema of the leaf's whole input. */
export function parametersOf(leaf: Leaf, places: InputPlaces, input: JsonObject): JsonObject[] {
  const properties = (input['properties'] ?? {}) as Record<string, JsonObject>;
  const required = (input['required'] ?? []) as string[];
  const ofPath = [...places.path].map(([name, field]) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[field] ?? {},
    ...(name === 'path' ? { description: 'May hold slashes.' } : {}),
  }));
  const ofQuery = places.query.map((name) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...written(name, properties[name] ?? {}),
  }));
  return [
    ...ofPath,
    ...ofQuery,
    ...(leaf.rest?.stream === undefined ? [] : followParameters),
    ...(places.idempotent ? [idempotencyKey] : []),
    protocolHeader,
  ];
}

/** How values that are not plain text are written in a query string. */
function written(name: string, schema: JsonObject): JsonObject {
  switch (schema['type']) {
    case 'array':
      return { schema, style: 'form', explode: true, description: 'Once for each value.' };
    case 'object':
      return {
        schema,
        style: 'deepObject',
        explode: true,
        description: `One parameter for each key, written \`${name}.<key>=<value>\`.`,
      };
    case 'boolean':
      return { schema, description: '`true` or `false`.' };
    default:
      return { schema };
  }
}

const idempotencyKey: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The command id, if the body holds none. The same id with the same payload is done once.',
  schema: { $ref: '#/components/schemas/CommandId' },
};

const protocolHeader: JsonObject = {
  name: 'Perdure-Protocol',
  in: 'header',
  required: false,
  description: 'The protocol version that the client speaks. Default: that of the server.',
  schema: { type: 'integer', minimum: 1 },
};

const followParameters: JsonObject[] = [
  {
    name: 'from',
    in: 'query',
    required: false,
    description: 'Where a stream starts that has no cursor. Default: `snapshot`.',
    schema: { type: 'string', enum: ['snapshot', 'beginning', 'now'] },
  },
  {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description:
      'The cursor of the last frame of a stream that was seen. It wins over `after`, and that over `from`.',
    schema: { type: 'string', maxLength: 64 },
  },
];
