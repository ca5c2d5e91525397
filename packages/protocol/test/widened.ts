import * as z from 'zod';

/** The value as a later release of the same protocol version may send it: a field more in every object. */
export function widened(schema: z.core.$ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodObject) return widenedObject(schema, value as Record<string, unknown>);
  if (schema instanceof z.ZodArray) return (value as unknown[]).map((item) => widened(schema.element, item));
  if (schema instanceof z.ZodRecord) {
    const entries = Object.entries(value as object);
    return Object.fromEntries(entries.map(([key, item]) => [key, widened(schema.valueType, item)]));
  }
  if (schema instanceof z.ZodUnion) {
    const option = schema.options.find((candidate) => z.safeParse(candidate, value).success);
    return option === undefined ? value : widened(option, value);
  }
  if (schema instanceof z.ZodNullable) return value === null ? null : widened(schema.unwrap(), value);
  return value;
}

function widenedObject(schema: z.ZodObject, value: Record<string, unknown>): unknown {
  const fields = Object.entries(value).map(([name, item]) => {
    const field: z.core.$ZodType | undefined = schema.shape[name];
    return [name, field === undefined ? item : widened(unwrapped(field), item)];
  });
  return { ...Object.fromEntries(fields), addedLater: { since: 2 } };
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}
