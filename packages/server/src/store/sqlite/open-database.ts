// O1. A database of a newer release is refused before anything could be written to it.
// O2. Nothing is migrated before a copy of it is safe on the disk.
import { closeSync, existsSync, openSync } from 'node:fs';
import { PerdureError } from '@perdure/protocol';
import Database from 'better-sqlite3';
import { type Migration, newestVersion } from '../sql/migration.ts';
import { inspectDatabase } from './inspect-database.ts';
import { madeTables } from './made-tables.ts';
import { WriterDatabase } from './writer-database.ts';
import type { WriterOptions } from './writer-messages.ts';

/** Opens the database of a data directory for writing, made or migrated where that is due. */
export async function openDatabase(
  options: WriterOptions,
  steps?: readonly Migration[],
): Promise<WriterDatabase> {
  const { path } = options;
  const newest = steps === undefined ? madeTables.version : newestVersion(steps);
  try {
    createFile(path);
    finishFirstStart(options);
    const version = inspectDatabase(options);
    if (version > newest) throw newer(path, version, newest);
    if (version < newest)
      await (await import('./migrate-database.ts')).migrateDatabase(options, version, steps);
    return new WriterDatabase(options);
  } catch (error) {
    throw startError(path, error);
  }
}

/** Before SQLite would, which makes it readable for others. */
function createFile(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
}

/**
 * A first start that was cut off before the file had its mode leaves a journal that only a connection which may write can
 * roll back. Later ones leave none: what they leave lies in the write-ahead log.
 */
function finishFirstStart({ path, busyTimeoutMs }: WriterOptions): void {
  if (!existsSync(`${path}-journal`)) return;
  const db = new Database(path, { fileMustExist: true, timeout: busyTimeoutMs });
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
  } finally {
    db.close();
  }
}

function newer(path: string, version: number, newest: number): PerdureError {
  return new PerdureError(
    'database-newer',
    `${path} has version ${version}, this release knows versions up to ${newest}. It was not touched: start the release that wrote it, or one after it.`,
    { details: { version, newest } },
  );
}

function startError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new PerdureError(
      'database-locked',
      `Another program holds ${path} locked. End it, such as an open sqlite3 shell or a copy in progress, and start again.`,
      { cause: error },
    );
  }
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code)) {
    return new PerdureError(
      'storage-read-only',
      `The disk has no room to open ${path}. Make room and start again.`,
      { cause: error },
    );
  }
  return error;
}
