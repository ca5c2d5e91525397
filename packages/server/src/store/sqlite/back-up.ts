import { closeSync, openSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { PerdureError } from '@perdure/protocol';
import type Database from 'better-sqlite3';
import { syncPath } from './sync-path.ts';

/** The copy, and once more as much for the pages that a migration may write anew. */
const ROOM_FACTOR = 2;

/**
 * Copies the whole database, its write-ahead log included, to `target`. The name stands for a complete copy: until then
 * the copy has another.
 */
export function backUp(db: Database.Database, target: string): void {
  const bytes =
    Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
  const { bavail, bsize } = statfsSync(dirname(target));
  if (bavail * bsize < bytes * ROOM_FACTOR) {
    throw new PerdureError(
      'storage-read-only',
      `Migrating needs ${bytes * ROOM_FACTOR} bytes of room beside ${target}, there are ${bavail * bsize}. Nothing was changed: make room and start again.`,
      { details: { needed: bytes * ROOM_FACTOR, available: bavail * bsize } },
    );
  }
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  closeSync(openSync(partial, 'wx', 0o600));
  db.prepare('VACUUM INTO ?').run(partial);
  syncPath(partial);
  renameSync(partial, target);
  syncPath(dirname(target));
}
