import { PerdureError } from '@perdure/protocol';

/**
 * Whether SQLite came upon a page that cannot be what was written there, or that the file is too short to have. A disk that
 * fails to read is no damage: it may read in a moment, and what was marked as lost would stay so for those who follow.
 */
export function isDamaged(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ)/.test(codeOf(error));
}

/** What a client is told when what it needs is not damaged, but cannot be read. */
export function unreadable(cause: unknown): PerdureError {
  return new PerdureError(
    'storage-unreadable',
    'The disk does not let the server read what this needs. Try again in a moment.',
    { cause },
  );
}

/** Whether the disk did not do what was asked of it. */
export function isOfDisk(error: unknown): boolean {
  return !isDamaged(error) && /^SQLITE_(IOERR|CANTOPEN|PROTOCOL|BUSY|NOMEM|FULL)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
