import { isPerdureError, PerdureError } from '@perdure/protocol';

/** The code that PostgreSQL gives an error; `undefined`: the error is of the connection, or of something else. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // Errors of sockets have codes as well, in letters: ECONNRESET.
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code) ? code : undefined;
}

/** 21 cardinality, 22 data, 23 constraint, 54 limits of the program, such as the size of a row in an index. */
const ownFaults = /^(21|22|23|54)/;

/** Whether what was asked was at fault, and not the server: the statement was rolled back, and would be again. */
export function isOwnFault(error: unknown): error is Error {
  return ownFaults.test(sqlState(error) ?? '');
}

/** Whether others stood in the way: the statement was rolled back, and may go well the next time. */
export function isPassing(error: unknown): boolean {
  return /^40(001|P01)$/.test(sqlState(error) ?? '');
}

/** Whether the server came upon a page or an index that cannot be what was written there. */
export function isDamaged(error: unknown): error is Error {
  return /^XX00[12]$/.test(sqlState(error) ?? '');
}

/** Whether the server is gone or going, or lets nobody in: the connection is of no use. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return false; // ours
  const state = sqlState(error);
  return state === undefined || /^(08|28|3D|53300|57P0[1-5])/.test(state);
}

/** Whether it is the server that cannot answer: it is away, full, or too slow. */
export function isUnreadable(error: unknown): boolean {
  if (isPerdureError(error)) return false;
  return isConnectionLost(error) || /^(53|57|58|XX)/.test(sqlState(error) ?? '');
}

/** What a reader is told when nothing can be read. Its own reason is the cause, for the log. */
export function unreadable(cause: unknown): PerdureError {
  return new PerdureError(
    'storage-unreadable',
    'The database does not answer: nothing can be read now. Try again in a moment.',
    { cause },
  );
}
