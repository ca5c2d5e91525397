import { PerdureError } from '@perdure/protocol';
import { storageDamaged } from '../sql/storage-damaged.ts';

/** Whether SQLite came upon a page that cannot be what was written there, or that the file is too short to have. */
export function isDamaged(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ|IOERR_CORRUPTFS)/.test(codeOf(error));
}

/** What a client is told of a read that the disk did not do. */
export function readFailure(error: unknown): unknown {
  if (isDamaged(error)) return storageDamaged(error);
  if (!/^SQLITE_(IOERR|CANTOPEN|PROTOCOL|BUSY|NOMEM|FULL)/.test(codeOf(error))) return error;
  return new PerdureError(
    'storage-unreadable',
    'The disk does not let the server read what this needs. Try again in a moment.',
    { cause: error },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
