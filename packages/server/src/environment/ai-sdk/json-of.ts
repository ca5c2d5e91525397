import type { Json } from '@perdure/protocol';

/** Half of what an event may have: the rest is room for what stands around it. */
const MAX_OUTPUT_BYTES = 524_288;
/** What is left of a longer one, at up to six bytes each as JSON. */
const KEPT_CHARACTERS = 65_536;

/** Any value as JSON, as far as it can be. */
export function jsonOf(value: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null') as Json;
  } catch {
    return String(value); // a cycle or a bigint
  }
}

/** The output of a tool as its block holds it: cut off where it is too long for a log. The model gets it all. */
export function outputOf(value: unknown): Json {
  const output = jsonOf(value);
  const json = JSON.stringify(output);
  if (Buffer.byteLength(json) <= MAX_OUTPUT_BYTES) return output;
  const text = typeof output === 'string' ? output : json;
  return `${text.slice(0, KEPT_CHARACTERS)}\n[${text.length - KEPT_CHARACTERS} more characters]`;
}
