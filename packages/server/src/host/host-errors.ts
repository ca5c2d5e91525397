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

export function runNotFound(sessionId: string, runId: string): PerdureError {
  return new PerdureError('run-not-found', `Session "${sessionId}" has no run "${runId}".`);
}
