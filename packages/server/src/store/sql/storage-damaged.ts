import { PerdureError } from '@perdure/protocol';

/** For whoever needs what a disk has spoilt. */
export function storageDamaged(cause?: unknown): PerdureError {
  return new PerdureError(
    'storage-damaged',
    'What this needs is damaged on the disk. All else goes on; whoever runs the server can restore a backup.',
    { cause },
  );
}
