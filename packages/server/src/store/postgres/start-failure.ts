import { isPerdureError, PerdureError } from '@perdure/protocol';
import { sqlState } from './database-error.ts';

/** What whoever starts the server is told when the database does not let it in, with what to do. */
export function startFailure(error: unknown, place: string): unknown {
  if (isPerdureError(error)) return error;
  const say = (sentence: string) => new PerdureError('config-invalid', sentence, { cause: error });
  const reason = error instanceof Error ? reasonOf(error) : String(error);
  switch (sqlState(error)) {
    case undefined:
      return say(`The database ${place} cannot be reached (${reason}). Start it, or name another.`);
    case '28000':
    case '28P01':
      return say(`The server of ${place} refuses the user or the password (${reason}).`);
    case '3D000':
      return say(`There is no database ${place}. Make it, or name another.`);
    case '42501':
      return say(`The user lacks a right on ${place} (${reason}). Grant it, or make the schema for it.`);
    case '53300':
      return say(
        `The server of ${place} has no connection left (${reason}). Raise its max_connections, or use fewer.`,
      );
    case '53100':
    case '25006':
      return new PerdureError(
        'storage-read-only',
        `The database ${place} takes no writes (${reason}). Make room, then start again.`,
        { cause: error },
      );
    case '57P03':
      return say(`The server of ${place} is starting or stopping (${reason}). Try again in a moment.`);
    default:
      return error;
  }
}

/** Of several addresses of one host each has its own error, and together they have no words. */
function reasonOf(error: Error): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
