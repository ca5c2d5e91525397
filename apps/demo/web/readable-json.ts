/** A tool's input or output for people: one field a line, and texts as they are instead of with `\n` in them. */
export function readableJson(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return JSON.stringify(value, undefined, 2);
  }
  return Object.entries(value)
    .map(([name, field]) => {
      if (typeof field !== 'string') return `${name}: ${JSON.stringify(field)}`;
      return field.includes('\n') ? `${name}:\n${field}` : `${name}: ${field}`;
    })
    .join('\n');
}
