import { errorAnswerSchema } from '../src/contract/error-answer-schema.ts';
import type { JsonObject } from '../src/index.ts';
import { jsonSchemasOf } from '../src/json-schema/json-schemas-of.ts';
import { contract, eventSchema, followFrameSchema, leavesOf, sessionStateSchema } from '../src/schemas.ts';
import { eventTypes } from './every-schema.ts';

/** All that is promised within a protocol version, as plain data that can be kept and compared. */
export interface SchemaSnapshot {
  readonly $defs: Readonly<Record<string, JsonObject>>;
  readonly events: Readonly<Record<string, JsonObject>>;
  readonly frame: JsonObject;
  readonly state: JsonObject;
  readonly error: JsonObject;
  readonly leaves: Readonly<Record<string, LeafSnapshot>>;
}

export interface LeafSnapshot {
  readonly kind: string;
  readonly access: string;
  /** Method, path and status of success. */
  readonly rest: string | null;
  readonly input: JsonObject;
  readonly output: JsonObject;
}

export function schemaSnapshot(): SchemaSnapshot {
  const leaves = [...leavesOf(contract)];
  const events = eventTypes.map((type) => [type, eventSchema(type)] as const);
  const all = [
    ...events.map(([, schema]) => schema),
    ...leaves.flatMap(([, { input, output }]) => [input, output]),
  ];
  const schemas = jsonSchemasOf(all, '#/$defs/');
  return withoutWords({
    $defs: schemas.named,
    events: Object.fromEntries(events.map(([type, schema]) => [type, schemas.of(schema)])),
    frame: schemas.of(followFrameSchema),
    state: schemas.of(sessionStateSchema),
    error: schemas.of(errorAnswerSchema),
    leaves: Object.fromEntries(
      leaves.map(([path, { kind, access, rest, input, output }]) => [
        path,
        {
          kind,
          access: [access].flat().join(' '),
          rest: rest === undefined ? null : `${rest.method} ${rest.path} ${rest.status ?? 200}`,
          input: schemas.of(input),
          output: schemas.of(output),
        },
      ]),
    ),
  });
}

/** Descriptions may be put better at any time: they promise nothing. A field of that name is no text but a schema. */
function withoutWords<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (key, part) =>
      key === 'description' && typeof part === 'string' ? undefined : part,
    ),
  );
}
