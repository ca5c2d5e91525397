import * as z from 'zod';

/** What the JSON Schema of an input says about one of its fields, as far as a query string needs it. */
interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly items?: FieldSchema;
}

/** Reads the query string of a route. Text that is not of the field's type stays text, and the schema says what is wrong with it. */
export type QueryReader = (query: URLSearchParams) => Record<string, unknown>;

export function queryReaderOf(input: z.ZodType): QueryReader {
  const { properties = {} } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, FieldSchema>;
  };
  return (query) => {
    const values: Record<string, unknown> = {};
    for (const name of new Set(query.keys())) {
      const { field, key } = placeOf(name, properties);
      const schema = Object.hasOwn(properties, field) ? properties[field] : undefined;
      if (schema === undefined) continue; // what the contract does not know is stripped, as in a body
      values[field] =
        key === undefined
          ? read(schema, query.getAll(name))
          : { ...(values[field] as object | undefined), [key]: query.get(name) };
    }
    return values;
  };
}

/** `metadata.team=a` is the key `team` of the object `metadata`. */
function placeOf(
  name: string,
  properties: Readonly<Record<string, FieldSchema>>,
): { readonly field: string; readonly key: string | undefined } {
  const dot = name.indexOf('.');
  const field = name.slice(0, dot);
  return dot > 0 && Object.hasOwn(properties, field) && properties[field]?.type === 'object'
    ? { field, key: name.slice(dot + 1) }
    : { field: name, key: undefined };
}

/** A list is written once for each value, or with commas. */
function read(schema: FieldSchema, texts: readonly string[]): unknown {
  if (schema.type !== 'array') return readOne(schema, texts.at(-1) ?? '');
  const items = schema.items ?? {};
  return texts.flatMap((text) => text.split(',').map((item) => readOne(items, item)));
}

function readOne({ type }: FieldSchema, text: string): unknown {
  switch (type) {
    case 'integer':
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    default:
      return text;
  }
}
