// U1. The name `target` stands for a complete copy that is on the disk: until then the copy has another name.
// U2. A copy that is not completed leaves no file behind.
// U3. All of a copy is of one moment: one read transaction holds that moment for as long as the copying takes. Were it not
//     held, each write of another connection would begin the copy anew.
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PerdureError } from '@perdure/protocol';
import type Database from 'better-sqlite3';
import { syncPath } from './sync-path.ts';

/** Pages copied between two looks at whether it was stopped: a megabyte, about a millisecond. */
const STEP_PAGES = 256;

export interface BackUpOptions {
  /** The file that is to hold the copy. */
  readonly target: string;
  /** Whether a file that has the name already may be replaced. */
  readonly mayReplace: boolean;
  /** How much room there has to be, as a multiple of the database. */
  readonly roomFactor: number;
  /** True: the copy is given up. */
  readonly isStopped?: (() => boolean) | undefined;
}

/** Copies the whole database, its write-ahead log included, while other connections may go on writing. */
export async function backUp(db: Database.Database, options: BackUpOptions): Promise<void> {
  const { target, isStopped = () => false } = options;
  const partial = `${target}.partial`;
  db.exec('BEGIN');
  try {
    const bytes = bytesOf(db);
    checkTarget(options, bytes);
    const made = createPartial(partial);
    await db.backup(partial, {
      progress: () => {
        if (isStopped()) throw stopped(target);
        return STEP_PAGES;
      },
    });
    syncPath(partial);
    if (isStopped() || statSync(partial).ino !== made) throw stopped(target);
    checkTarget(options, 0);
    renameSync(partial, target);
    syncPath(dirname(target));
  } catch (error) {
    removePartial(partial);
    throw typed(error, target);
  } finally {
    db.exec('COMMIT');
  }
}

/** Throws before anything is made, if the copy can have no place. */
function checkTarget({ target, mayReplace, roomFactor }: BackUpOptions, bytes: number): void {
  if (!mayReplace && existsSync(target)) {
    throw invalidTarget(target, 'there is a file of this name. Name another, or move that one away');
  }
  const needed = bytes * roomFactor;
  const { bavail, bsize } = statfsSync(dirname(target));
  const available = bavail * bsize;
  if (available >= needed) return;
  throw new PerdureError(
    'storage-read-only',
    `A copy at ${target} needs ${needed} bytes of room, there are ${available}. Nothing was changed: make room and try again.`,
    { details: { needed, available } },
  );
}

/** Reading it is also what begins the moment that is copied. */
function bytesOf(db: Database.Database): number {
  db.prepare('SELECT count(*) FROM sqlite_schema').get();
  return Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
}

/**
 * Before SQLite would, which makes it readable for others. What a process that was killed left there goes. The answer tells
 * the file from one that another process puts in its place.
 */
function createPartial(partial: string): number {
  removePartial(partial);
  const file = openSync(partial, 'wx', 0o600);
  const { ino } = fstatSync(file);
  closeSync(file);
  return ino;
}

function removePartial(partial: string): void {
  for (const path of [partial, `${partial}-journal`]) rmSync(path, { force: true });
}

function typed(error: unknown, target: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code)) {
    return new PerdureError(
      'storage-read-only',
      `The disk has no room for a copy at ${target}. Nothing was changed: make room and try again.`,
      { cause: error },
    );
  }
  if (/^(ENOENT|ENOTDIR|EACCES|EPERM|EROFS|EISDIR|SQLITE_CANTOPEN)/.test(code)) {
    return invalidTarget(target, 'the directory is not there, or cannot be written to', error);
  }
  return error;
}

function invalidTarget(target: string, reason: string, cause?: unknown): PerdureError {
  return new PerdureError('invalid-input', `The database cannot be copied to ${target}: ${reason}.`, {
    details: { target },
    cause,
  });
}

function stopped(target: string): PerdureError {
  return new PerdureError('shutting-down', `The copy to ${target} was stopped before it was complete.`);
}
