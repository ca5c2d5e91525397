import { PerdureError } from '@perdure/protocol';
import type { WriteOutcome } from '../../../packages/server/src/store/sql/write.ts';

export const closed = () =>
  new PerdureError(
    'shutting-down',
    'The store is closed. Open it before use, and ask nothing of it after close().',
  );

export const readOnly = (cause: unknown) =>
  new PerdureError(
    'storage-read-only',
    'The disk is full or failing: nothing can be stored. Make room, then try again.',
    { cause },
  );

export function unexpected(outcome: WriteOutcome): PerdureError {
  return new PerdureError('internal', `The disk answered a write with "${outcome.kind}".`);
}

/** As SQLite says it. */
export const diskError = () => Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
