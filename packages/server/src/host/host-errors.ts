import { isPerdureError, PerdureError } from '@perdure/protocol';

export function sessionDeleted(id: string): PerdureError {
  return new PerdureError('session-deleted', `Session "${id}" has been deleted.`);
}

export function shuttingDown(): PerdureError {
  return new PerdureError(
    'shutting-down',
    'The server is shutting down; send the command again when it is back.',
  );
}

/** What is gone from a log stands in its base alone: without it there is no state, and an empty one would be taken for it. */
export function baseDamaged(id: string): PerdureError {
  return new PerdureError(
    'storage-damaged',
    `The state that session "${id}" goes on from is damaged on the disk. All else goes on; whoever runs the server can restore a backup.`,
  );
}

const NEWER_BASE = 'newer-base';

/** The same command succeeds, but on another release: for this one nothing will change. */
export function baseNewer(id: string): PerdureError {
  return new PerdureError(
    'storage-unreadable',
    `The state that session "${id}" goes on from was written by another release. It was not touched: start that release, or one after it.`,
    { details: { reason: NEWER_BASE } },
  );
}

/** Whether the store may answer in a moment: its disk did not, or its connections were all taken. */
export function mayReadLater(error: unknown): boolean {
  if (isPerdureError(error, 'limit-exceeded')) return true;
  return isPerdureError(error, 'storage-unreadable') && error.details?.['reason'] !== NEWER_BASE;
}

export function runNotFound(sessionId: string, runId: string): PerdureError {
  return new PerdureError('run-not-found', `Session "${sessionId}" has no run "${runId}".`);
}
