import type * as z from 'zod';
import { blockSchema } from '../blocks/block.ts';
import { errorBodySchema } from '../contract/error-answer-schema.ts';
import { catalogue, type EventType } from '../events/catalogue.ts';
import { envelopeSchema, eventSchema } from '../events/session-event.ts';
import { eventsFrameSchema, snapshotFrameSchema } from '../frames/follow-frame.ts';
import type { Json, JsonObject } from '../json.ts';
import { sessionStateSchema } from '../state/session-state-schema.ts';
import { jsonSchemasOf } from './json-schemas-of.ts';

const PREFIX = '#/$defs/';

/** What is said on the wire, as JSON Schema documents that each stand alone: file name -> document. */
export function jsonSchemaFiles(): Record<string, JsonObject> {
  const roots: Record<string, z.ZodType> = {
    event: envelopeSchema,
    'session-state': sessionStateSchema,
    'error-body': errorBodySchema,
    'frame-snapshot': snapshotFrameSchema,
    'frame-events': eventsFrameSchema,
  };
  for (const block of blockSchema.options) roots[`block-${kebab(block.shape.type.value)}`] = block;
  for (const type of Object.keys(catalogue) as EventType[]) roots[`event-${kebab(type)}`] = eventSchema(type);

  const schemas = jsonSchemasOf(Object.values(roots), PREFIX);
  const documents = Object.entries(roots).map(([name, root]) => {
    const schema = schemas.of(root);
    const $defs = neededBy(schema, schemas.named);
    const isShared = typeof schema['$ref'] === 'string';
    return [
      `${name}.json`,
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        title: name,
        ...schema,
        ...(isShared || Object.keys($defs).length > 0 ? { $defs } : {}),
      },
    ] as const;
  });
  return Object.fromEntries(documents);
}

/** The definitions that a schema refers to, and those that they refer to. */
function neededBy(schema: Json, named: Readonly<Record<string, JsonObject>>): JsonObject {
  const found = new Set<string>();
  const visit = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    const { $ref: reference } = value as JsonObject;
    if (typeof reference === 'string') {
      const name = reference.slice(PREFIX.length);
      if (found.has(name)) return;
      found.add(name);
      visit(named[name] ?? null);
      return;
    }
    for (const part of Object.values(value)) visit(part);
  };
  visit(schema);
  return Object.fromEntries([...found].sort().map((name) => [name, named[name] ?? {}]));
}

function kebab(name: string): string {
  return name.replaceAll(/[:_]/g, '-');
}
