import { PerdureError } from '@perdure/protocol';

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

export function baseNewer(id: string): PerdureError {
  return new PerdureError(
    'storage-unreadable',
    `The state that session "${id}" goes on from was written by another release. It was not touched: start that release, or one after it.`,
  );
}

export function runNotFound(sessionId: string, runId: string): PerdureError {
  return new PerdureError('run-not-found', `Session "${sessionId}" has no run "${runId}".`);
}
