import { isPerdureError, PerdureError } from '@perdure/client';

/** The client throws nothing else; what another part threw in its place is shown all the same. */
export function toPerdureError(error: unknown): PerdureError {
  if (isPerdureError(error)) return error;
  return new PerdureError('internal', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
