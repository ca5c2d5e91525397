import type { Json, JsonObject } from '../src/index.ts';
import type { SchemaSnapshot } from './schema-snapshot.ts';

/**
 * Which way a value goes. What is `taken` must still be accepted; in what is `sent`, old readers must still find their
 * fields; an event is both, for old logs are read by new releases and new logs by old clients.
 */
type Way = 'taken' | 'sent' | 'both';

type Side = Pick<SchemaSnapshot, '$defs'>;

/** What the new schemas broke of the promises of the old ones, in words. Additions are no breaks. */
export function schemaBreaks(old: SchemaSnapshot, now: SchemaSnapshot): string[] {
  const differ = new SchemaDiffer(old, now);
  for (const [type, schema] of Object.entries(old.events)) {
    differ.compare(type, schema, now.events[type], 'both');
  }
  for (const name of ['frame', 'state', 'error'] as const) differ.compare(name, old[name], now[name], 'sent');
  for (const [path, leaf] of Object.entries(old.leaves)) {
    const { kind, access, rest, input, output } = now.leaves[path] ?? {};
    if (kind === undefined) {
      differ.breaks.push(`${path} is gone`);
      continue;
    }
    if (kind !== leaf.kind) differ.breaks.push(`${path} is a ${kind} instead of a ${leaf.kind}`);
    if (access !== leaf.access) differ.breaks.push(`${path} needs ${access} instead of ${leaf.access}`);
    if (rest !== leaf.rest) differ.breaks.push(`${path} is at ${rest} instead of ${leaf.rest}`);
    differ.compare(`${path} input`, leaf.input, input, 'taken');
    differ.compare(`${path} output`, leaf.output, output, 'sent');
  }
  return differ.breaks;
}

const lowest = ['minimum', 'minLength', 'minItems'] as const;
const highest = ['maximum', 'maxLength', 'maxItems'] as const;

class SchemaDiffer {
  readonly breaks: string[] = [];
  readonly #visited = new Set<string>();
  readonly #old: Side;
  readonly #now: Side;

  constructor(old: Side, now: Side) {
    this.#old = old;
    this.#now = now;
  }

  compare(at: string, oldSchema: JsonObject, nowSchema: JsonObject | undefined, way: Way): void {
    if (nowSchema === undefined) {
      this.breaks.push(`${at} is gone`);
      return;
    }
    const pair = `${way} ${oldSchema['$ref']} ${nowSchema['$ref']}`;
    if (oldSchema['$ref'] !== undefined && this.#visited.has(pair)) return;
    this.#visited.add(pair);
    const old = resolved(oldSchema, this.#old);
    const now = resolved(nowSchema, this.#now);
    if (variantsOf(old) !== undefined || variantsOf(now) !== undefined)
      this.#compareVariants(at, old, now, way);
    else this.#compareValues(at, old, now, way);
  }

  #compareVariants(at: string, old: JsonObject, now: JsonObject, way: Way): void {
    const candidates = variantsOf(now) ?? [now];
    for (const [index, variant] of (variantsOf(old) ?? [old]).entries()) {
      const mark = markOf(resolved(variant, this.#old));
      const match = candidates.find((candidate) => markOf(resolved(candidate, this.#now)) === mark);
      this.compare(`${at} | ${mark ?? index}`, variant, match, way);
    }
  }

  #compareValues(at: string, old: JsonObject, now: JsonObject, way: Way): void {
    const narrowed = (what: string) => this.breaks.push(`${at}: ${what} is narrower`);
    const types = typesOf(now);
    if (
      types.length > 0 &&
      !(typesOf(old).length > 0 && typesOf(old).every((type) => types.includes(type)))
    ) {
      narrowed('type');
    }
    if (now['const'] !== undefined && now['const'] !== old['const']) narrowed('const');
    if (now['pattern'] !== undefined && now['pattern'] !== old['pattern']) narrowed('pattern');
    const kept = now['enum'] as Json[] | undefined;
    const values = old['enum'] as Json[] | undefined;
    if (kept !== undefined && !(values?.every((value) => kept.includes(value)) ?? false)) narrowed('enum');
    for (const name of lowest)
      if (numberOf(now, name, -Infinity) > numberOf(old, name, -Infinity)) narrowed(name);
    for (const name of highest)
      if (numberOf(now, name, Infinity) < numberOf(old, name, Infinity)) narrowed(name);
    this.#compareFields(at, old, now, way);
    for (const name of ['items', 'additionalProperties', 'propertyNames']) {
      const part = now[name];
      if (isSchema(part)) this.compare(`${at}.${name}`, isSchema(old[name]) ? old[name] : {}, part, way);
    }
  }

  #compareFields(at: string, old: JsonObject, now: JsonObject, way: Way): void {
    const fields = (now['properties'] ?? {}) as Record<string, JsonObject>;
    for (const [name, field] of Object.entries((old['properties'] ?? {}) as Record<string, JsonObject>)) {
      this.compare(`${at}.${name}`, field, fields[name], way);
    }
    const [before, after] = [old, now].map((schema) => (schema['required'] ?? []) as string[]);
    for (const name of after ?? []) {
      if (way !== 'sent' && !before?.includes(name)) this.breaks.push(`${at}.${name} is newly required`);
    }
    for (const name of before ?? []) {
      const isLost = name in fields && !after?.includes(name);
      if (way !== 'taken' && isLost) this.breaks.push(`${at}.${name} is no longer always there`);
    }
  }
}

function resolved(schema: JsonObject, { $defs }: Side): JsonObject {
  const { $ref } = schema;
  return typeof $ref === 'string' ? ($defs[$ref.slice('#/$defs/'.length)] ?? {}) : schema;
}

const variantsOf = (schema: JsonObject) => (schema['anyOf'] ?? schema['oneOf']) as JsonObject[] | undefined;
const typesOf = ({ type }: JsonObject): Json[] => (type === undefined ? [] : [type].flat());
const isSchema = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null;
const numberOf = (schema: JsonObject, name: string, other: number) => Number(schema[name] ?? other);

/** What a variant is known by: the constant that tells it apart, else its kind of JSON. */
function markOf(schema: JsonObject): string | undefined {
  const { type, kind } = (schema['properties'] ?? {}) as Record<string, JsonObject>;
  const mark = type?.['const'] ?? kind?.['const'] ?? schema['type'];
  return mark === undefined ? undefined : String(mark);
}
