import { isPerdureError, PerdureError } from '@perdure/protocol';
import type { ThreadError } from './writer-messages.ts';

/** An error taken apart for the way to another thread, which would keep no more than its message. */
export function toThreadError(error: unknown): ThreadError {
  if (isPerdureError(error)) return { kind: 'ours', body: error.toBody() };
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return { kind: 'other', message: error instanceof Error ? error.message : String(error), code };
}

export function fromThreadError(error: ThreadError): Error {
  if (error.kind === 'ours') {
    return new PerdureError(error.body.code, error.body.message, { details: error.body.details });
  }
  return Object.assign(new Error(error.message), { code: error.code });
}
