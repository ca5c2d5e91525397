import type { Json, JsonObject } from '../src/index.ts';

/** Longer types are written over several lines. */
const LINE = 100;

/** A JSON Schema as the TypeScript type that PROTOCOL.md shows. Schemas with a name are referred to by it. */
export function typescriptOf(schema: JsonObject, indent = ''): string {
  const { $ref, type, enum: values, const: constant } = schema;
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? $ref;
  if (constant !== undefined) return literal(constant);
  if (Array.isArray(values)) return values.map(literal).join(' | ');
  const variants = (schema['anyOf'] ?? schema['oneOf']) as JsonObject[] | undefined;
  if (variants !== undefined) return variants.map((variant) => typescriptOf(variant, indent)).join(' | ');
  if (Array.isArray(type))
    return type.map((one) => typescriptOf({ ...schema, type: one }, indent)).join(' | ');
  switch (type) {
    case 'object':
      return objectType(schema, indent);
    case 'array': {
      const item = typescriptOf((schema['items'] ?? {}) as JsonObject, indent);
      return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
    }
    case 'integer':
      return 'number';
    case undefined:
      return 'Json';
    default:
      return String(type);
  }
}

function objectType(schema: JsonObject, indent: string): string {
  const { properties, additionalProperties } = schema;
  if (properties === undefined) {
    return `{ [key: string]: ${typescriptOf((additionalProperties ?? {}) as JsonObject, indent)} }`;
  }
  const required = (schema['required'] ?? []) as string[];
  const deeper = `${indent}  `;
  const fields = Object.entries(properties as Record<string, JsonObject>).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${typescriptOf(field, deeper)}`,
  );
  if (fields.length === 0) return '{}';
  const line = `{ ${fields.join('; ')} }`;
  if (line.length + indent.length <= LINE && !line.includes('\n')) return line;
  return `{\n${fields.map((field) => `${deeper}${field};\n`).join('')}${indent}}`;
}

function literal(value: Json): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}
