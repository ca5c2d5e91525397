import * as z from 'zod';
import type { JsonObject } from '../json.ts';
import { namedSchemas } from './named-schemas.ts';

/** JSON Schemas that refer to each other by name. */
export interface JsonSchemas {
  /** Those that others refer to. */
  readonly named: Readonly<Record<string, JsonObject>>;
  /** Of one of the given schemas: a reference if it has a name, else the schema itself. */
  of(schema: z.ZodType): JsonObject;
}

/**
 * Converts zod schemas to JSON Schema 2020-12, all at once, so that what they share is written once under `prefix`.
 * As input, so that objects stay open: within a protocol version, fields are added.
 */
export function jsonSchemasOf(schemas: Iterable<z.ZodType>, prefix: string): JsonSchemas {
  const names = new Map(Object.entries(namedSchemas).map(([name, schema]) => [schema, name]));
  const registry = z.registry<{ id: string }>();
  const ids = new Map(names);
  for (const schema of schemas) if (!ids.has(schema)) ids.set(schema, `unnamed-${ids.size}`);
  for (const [schema, id] of ids) registry.add(schema, { id });
  const converted = z.toJSONSchema(registry, { io: 'input', uri: (id) => prefix + id }).schemas;
  const schemaOf = (id: string): JsonObject => {
    const { $schema, $id, ...schema } = JSON.parse(JSON.stringify(converted[id])) as JsonObject;
    return schema;
  };
  return {
    named: Object.fromEntries([...names.values()].sort().map((name) => [name, schemaOf(name)])),
    of(schema) {
      const name = names.get(schema);
      return name === undefined ? schemaOf(ids.get(schema) ?? '') : { $ref: prefix + name };
    },
  };
}
