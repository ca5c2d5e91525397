import type { Json } from '@perdure/protocol';

/** Room for what people read; the model gets it all. An event is at most 1 MiB, of which UTF-8 may need three bytes a character. */
const MAX_OUTPUT_CHARACTERS = 262_144;

/** Any value as JSON, as far as it can be. */
export function jsonOf(value: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null') as Json;
  } catch {
    return String(value); // a cycle or a bigint
  }
}

/** The output of a tool as its block holds it: cut off where it is too long for a log. */
export function outputOf(value: unknown): Json {
  const output = jsonOf(value);
  const text = typeof output === 'string' ? output : JSON.stringify(output);
  if (text.length <= MAX_OUTPUT_CHARACTERS) return output;
  return `${text.slice(0, MAX_OUTPUT_CHARACTERS)}\n[${text.length - MAX_OUTPUT_CHARACTERS} more characters]`;
}
