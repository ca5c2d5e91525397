import * as fc from 'fast-check';
import * as z from 'zod';

// What zod strips from records stands in no generated key: it would be no round trip.
const keyArbitrary = fc.string({ maxLength: 12 }).filter((key) => key !== '__proto__');

/** Any JSON. Without -0, which JSON.stringify writes as 0. */
export const jsonArbitrary: fc.Arbitrary<z.core.util.JSONType> = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value), (key, part) => (key === '__proto__' ? undefined : part)));

interface ArbitraryOptions {
  /** Leaves out no optional field of the outermost object. */
  readonly isComplete?: boolean;
}

/** Values that a schema accepts, made from the schema itself, so that no field is ever forgotten. */
export function arbitraryOf(
  schema: z.core.$ZodType,
  { isComplete = false }: ArbitraryOptions = {},
): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodObject) return objectOf(schema, isComplete);
  if (schema instanceof z.ZodString) return stringOf(schema);
  if (schema instanceof z.ZodNumber) return numberOf(schema);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNull) return fc.constant(null);
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodArray) return arrayOf(schema);
  if (schema instanceof z.ZodRecord) return fc.dictionary(keyArbitrary, arbitraryOf(schema.valueType), plain);
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map((option) => arbitraryOf(option)));
  if (schema instanceof z.ZodNullable) return fc.option(arbitraryOf(schema.unwrap()), { nil: null });
  if (schema instanceof z.ZodLazy) return jsonArbitrary; // the one recursive schema there is
  throw new Error(`No values for a schema of type ${schema._zod.def.type}: teach arbitraryOf about it.`);
}

const plain = { noNullPrototype: true, maxKeys: 4 } as const;

function objectOf(schema: z.ZodObject, isComplete: boolean): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.shape);
  const requiredKeys = fields.filter(([, field]) => !(field instanceof z.ZodOptional)).map(([name]) => name);
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, field] of fields) {
    model[name] = arbitraryOf(field instanceof z.ZodOptional ? field.unwrap() : field);
  }
  if (isComplete) return fc.record(model, { noNullPrototype: true });
  return fc.record(model, { requiredKeys, noNullPrototype: true });
}

function stringOf(schema: z.ZodString): fc.Arbitrary<string> {
  const { pattern } = boundsOf(schema);
  if (pattern !== undefined) return fc.stringMatching(pattern);
  return fc.string({
    unit: 'grapheme',
    minLength: schema.minLength ?? 0,
    // A grapheme can be several of the units that zod counts.
    maxLength: Math.max(schema.minLength ?? 0, Math.min(20, Math.floor((schema.maxLength ?? 200) / 10))),
  });
}

function numberOf(schema: z.ZodNumber): fc.Arbitrary<number> {
  const [lowest, highest] = schema.isInt
    ? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
    : [-Number.MAX_VALUE, Number.MAX_VALUE];
  const min = Math.max(schema.minValue ?? lowest, lowest);
  const max = Math.min(schema.maxValue ?? highest, highest);
  // `+ 0` makes a -0, which JSON.stringify writes as 0, a 0.
  return schema.isInt
    ? fc.integer({ min, max })
    : fc.double({ min, max, noNaN: true }).map((value) => value + 0);
}

function arrayOf(schema: z.ZodArray): fc.Arbitrary<unknown[]> {
  const { minimum = 0, maximum = 4 } = boundsOf(schema);
  return fc.array(arbitraryOf(schema.element), { minLength: minimum, maxLength: Math.min(maximum, 4) });
}

/** What the checks of a schema ask for, put together. */
function boundsOf(schema: z.core.$ZodType): { minimum?: number; maximum?: number; pattern?: RegExp } {
  return Object.assign({}, ...(schema._zod.def.checks ?? []).map((check) => check._zod.def));
}
