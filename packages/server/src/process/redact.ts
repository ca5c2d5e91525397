import { formsOfSecrets } from './known-secrets.ts';

// R1. What is known to be secret is found in any text by itself; what is not, by the name of its field or by its shape.
// R2. Of errors, which others make, only those fields are written down whose names say that they tell of a failure: requests
//     and answers of providers ride on them too, with keys and with what people said.

/** Names of fields whose values are never written down, wherever they stand. */
const secretNames =
  /^(authorization|cookie|set-cookie|credential|credentials|password|passphrase|secret|token|tokens|api[-_]?key|x-api-key)$/i;

/** Fields of errors, beside their words. */
const namesOfFailure = new Set([
  ...[
    'code',
    'errno',
    'syscall',
    'path',
    'dest',
    'address',
    'port',
    'hostname',
    'signal',
    'killed',
    'exitCode',
  ],
  ...['status', 'statusCode', 'reason', 'stage', 'errorId', 'details', 'issues', 'errors'],
  ...['isRetryable', 'retryable', 'severity', 'schema', 'table', 'column', 'constraint', 'routine'],
]);

/** Shapes of secrets inside other text: header values, provider keys, URLs with a password. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  [/\b(sk|pk|rk|ghp|gho|ghs|xox[abp])[-_][\w-]{12,}/g, '$1-[redacted]'],
  [/:\/\/[^\s/:@]*:[^\s/@]+@/g, '://[redacted]@'],
];

/** Nothing that is logged is worth following deeper. */
const MAX_DEPTH = 6;

const HIDDEN = '[redacted]';

/** Takes secrets out of a text. */
export type RedactText = (text: string) => string;

/** By their shapes. */
export function redactText(text: string): string {
  return secretShapes.reduce((redacted, [shape, mark]) => redacted.replace(shape, mark), text);
}

/** By their shapes, and these wherever they stand, also in URLs, JSON and base64. */
export function redactTextOf(secrets: readonly string[]): RedactText {
  const forms = formsOfSecrets(secrets);
  return (text) => redactText(forms.reduce((clean, form) => clean.replaceAll(form, HIDDEN), text));
}

/** Takes secrets out of what is about to be written down. The original is left as it is. */
export function redact(value: unknown, clean: RedactText = redactText, depth = 0): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return redactError(value, clean, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, clean, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      secretNames.test(name) ? HIDDEN : redact(item, clean, depth + 1),
    ]),
  );
}

function redactError(error: Error, clean: RedactText, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...rest } = error as Error & Record<string, unknown>;
  const told = Object.fromEntries(Object.entries(rest).filter(([field]) => namesOfFailure.has(field)));
  return {
    type: name,
    message: clean(message),
    ...(stack === undefined ? {} : { stack: clean(stack) }),
    ...(cause === undefined ? {} : { cause: redact(cause, clean, depth + 1) }),
    ...(redact(told, clean, depth + 1) as Record<string, unknown>),
  };
}

/** An error that says the same without these secrets, for whoever logs it. */
export function withoutSecrets(error: unknown, secrets: readonly string[], depth = 0): unknown {
  const clean = redactTextOf(secrets);
  if (!(error instanceof Error) || depth >= MAX_DEPTH) return redact(error, clean, depth);
  const { name, message, stack, cause, ...rest } = error as Error & Record<string, unknown>;
  const copy = new Error(
    clean(message),
    cause === undefined ? {} : { cause: withoutSecrets(cause, secrets, depth + 1) },
  );
  return Object.assign(copy, redact(rest, clean), {
    name,
    ...(stack === undefined ? {} : { stack: clean(stack) }),
  });
}
