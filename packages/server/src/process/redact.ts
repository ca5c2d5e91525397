/** Names of fields whose values are never written down, wherever they stand. */
const secretNames =
  /^(authorization|cookie|set-cookie|credential|credentials|password|passphrase|secret|token|tokens|api[-_]?key|x-api-key)$/i;

/** Shapes of secrets inside other text: header values, provider keys, URLs with a password. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  [/\b(sk|pk|rk|ghp|gho|ghs|xox[abp])[-_][\w-]{12,}/g, '$1-[redacted]'],
  [/:\/\/[^\s/:@]+:[^\s/@]+@/g, '://[redacted]@'],
];

/** Nothing that is logged is worth following deeper. */
const MAX_DEPTH = 6;

const HIDDEN = '[redacted]';

/** Takes secrets out of a text. */
export function redactText(text: string): string {
  return secretShapes.reduce((redacted, [shape, mark]) => redacted.replace(shape, mark), text);
}

/** Takes secrets out of what is about to be written down, by name and by shape. The original is left as it is. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      secretNames.test(name) ? HIDDEN : redact(item, depth + 1),
    ]),
  );
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...rest } = error as Error & Record<string, unknown>;
  return {
    type: name,
    message: redactText(message),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
    ...(redact(rest, depth + 1) as Record<string, unknown>),
  };
}
