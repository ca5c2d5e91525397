import type { JsonObject } from '../src/index.ts';
import { type SchemaSnapshot, schemaSnapshot } from './schema-snapshot.ts';
import { typescriptOf } from './typescript-of.ts';

/** Fields that every block has, whatever its type. */
const ofEveryBlock = ['id', 'status', 'parentId', 'metadata', 'seq', 'at', 'runId', 'agent'];

/** Shapes that PROTOCOL.md writes out once, for its sections refer to them. */
const shapes = [
  'Json',
  'Actor',
  'Event',
  'Content',
  'ContentPart',
  'Usage',
  'Run',
  'QueuedMessage',
  'OpenRequest',
  'Environment',
  'Conversation',
  'SessionState',
  'SessionListItem',
  'SessionSnapshot',
  'Accepted',
  'Submitted',
  'Created',
  'Hello',
  'SessionPage',
  'RunPage',
  'BlockPage',
  'EventPage',
  'File',
  'Share',
  'Ban',
];

/** The TypeScript of every section of PROTOCOL.md, as the schemas have it: section -> heading -> code. */
export function protocolReference(): Record<string, Record<string, string>> {
  const snapshot = schemaSnapshot();
  const blocks = variantsOf(snapshot, 'Block').map(
    (block) => [constantOf(block, 'type'), ownFields(block)] as const,
  );
  const frames = variantsOf(snapshot, 'FollowFrame').map(
    (frame) => [constantOf(frame, 'kind'), frame] as const,
  );
  return {
    Shapes: {
      '': shapes.map((name) => `type ${name} = ${typescriptOf(snapshot.$defs[name] ?? {})};`).join('\n'),
    },
    Blocks: byName('Block', blocks),
    Frames: byName('Frame', frames),
    Events: byName(
      'Payload',
      Object.entries(snapshot.events).map(([type, schema]) => [type, payloadOf(schema)] as const),
    ),
    Procedures: Object.fromEntries(
      Object.entries(snapshot.leaves).map(([path, { input, output }]) => [
        path,
        `type Input = ${typescriptOf(input)};\ntype Output = ${typescriptOf(output)};`,
      ]),
    ),
  };
}

function byName(
  word: string,
  schemas: Iterable<readonly [name: string, schema: JsonObject]>,
): Record<string, string> {
  return Object.fromEntries(
    [...schemas].map(([name, schema]) => [name, `type ${word} = ${typescriptOf(schema)};`]),
  );
}

function variantsOf({ $defs }: SchemaSnapshot, name: string): JsonObject[] {
  const variants = ($defs[name]?.['oneOf'] ?? []) as { $ref: string }[];
  return variants.map(({ $ref }) => $defs[$ref.split('/').at(-1) ?? ''] ?? {});
}

/** Code without what a formatter may change. */
export function unformatted(code: string): string {
  return code
    .replaceAll(/\s+/g, '')
    .replaceAll(';}', '}')
    .replaceAll(/([=:(])\|/g, '$1');
}

const fieldsOf = (schema: JsonObject) => schema['properties'] as Record<string, JsonObject>;
const constantOf = (schema: JsonObject, name: string) => String(fieldsOf(schema)[name]?.['const']);
const payloadOf = (schema: JsonObject): JsonObject => fieldsOf(schema)['payload'] ?? {};

function ownFields(schema: JsonObject): JsonObject {
  const own = Object.entries(fieldsOf(schema)).filter(([name]) => !ofEveryBlock.includes(name));
  return { ...schema, properties: Object.fromEntries(own) };
}
