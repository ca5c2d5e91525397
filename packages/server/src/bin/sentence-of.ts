import { secretsOfEnvironment } from '../process/known-secrets.ts';
import { printable } from '../process/printable.ts';
import { redactTextOf } from '../process/redact.ts';

/** What went wrong, for whoever started the server: on one line and without a secret, for it ends in the log of a supervisor. */
export function sentenceOf(error: unknown): string {
  const clean = redactTextOf(secretsOfEnvironment(process.env));
  return printable(clean(error instanceof Error ? error.message : String(error)));
}
