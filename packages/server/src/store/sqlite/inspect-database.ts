// I1. Nothing is changed by looking, whatever is found.
// I2. What is damaged where nothing can be read without it is refused, so that nothing is written on top of it.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { PerdureError } from '@perdure/protocol';
import Database from 'better-sqlite3';
import { DELTA_KIND } from '../sql/schema.ts';
import { tablesOf } from './database-tables.ts';
import { madeTables } from './made-tables.ts';
import { isDamaged } from './read-failure.ts';
import type { WriterOptions } from './writer-messages.ts';

/** SQLite's own header, at the beginning of the first page. */
const HEADER_BYTES = 100;
/** As much of a file as tells whether it was ours before its header was lost. */
const LOOK_BYTES = 1_048_576;

/** The version of the file; 0 of a new one. Throws `database-damaged` where it cannot be used. */
export function inspectDatabase({ path, busyTimeoutMs }: WriterOptions): number {
  if (statSync(path).size === 0) {
    if (sizeOf(`${path}-wal`) === 0) return 0;
    throw damaged(path, 'it is empty, though its write-ahead log is not');
  }
  checkHeader(path);
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs });
  try {
    db.pragma('cell_size_check = ON');
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    if (names.length === 0) return 0;
    if (!names.includes('schema_version')) {
      throw names.includes('entry') ? damaged(path, 'tables are missing') : foreign(path);
    }
    const version = db.prepare('SELECT version FROM schema_version').pluck().get();
    if (typeof version !== 'number' || !(version >= 1)) throw damaged(path, 'its version cannot be read');
    if (version === madeTables.version) checkTables(path, db);
    return version;
  } catch (error) {
    // A statement that the tables do not fit, or a page that is none.
    const isUnusable = isDamaged(error) || codeOf(error) === 'SQLITE_ERROR';
    throw isUnusable ? damaged(path, 'its tables cannot be read', error) : error;
  } finally {
    db.close();
  }
}

function checkTables(path: string, db: Database.Database): void {
  const found = tablesOf(db);
  for (const [name, words] of Object.entries(madeTables.tables)) {
    if (found[name] !== words) throw damaged(path, `"${name}" is not what it was made as`);
  }
  const roots = db.prepare('SELECT rootpage FROM sqlite_schema WHERE rootpage > 0').pluck().all();
  if (new Set(roots).size < roots.length) throw damaged(path, 'two of its tables are in one place');
  const counters = db.prepare("SELECT count(*) FROM counter WHERE typeof(value) = 'integer' AND value >= 0");
  if (counters.pluck().get() !== 2) throw damaged(path, 'its counters cannot be read');
  const delta = db.prepare('SELECT name FROM event_type WHERE kind = ?').pluck().get(DELTA_KIND);
  if (delta !== 'block:delta') throw damaged(path, 'its event types cannot be read');
}

/** What SQLite writes there for every database of ours. With other values it would read the pages as something else. */
function checkHeader(path: string): void {
  const bytes = beginningOf(path, HEADER_BYTES);
  const isSqlite = bytes.toString('latin1', 0, 16) === 'SQLite format 3\0' && bytes.length === HEADER_BYTES;
  if (!isSqlite) {
    const wasOurs = /session:created|CREATE TABLE "schema_version"/.test(
      beginningOf(path, LOOK_BYTES).toString('latin1'),
    );
    throw wasOurs || sizeOf(`${path}-wal`) > 0 ? damaged(path, 'its header is gone') : foreign(path);
  }
  const pageBytes = bytes.readUInt16BE(16) === 1 ? 65_536 : bytes.readUInt16BE(16);
  const [writes, reads] = [bytes.readUInt8(18), bytes.readUInt8(19)];
  const isOurs =
    pageBytes >= 512 &&
    (pageBytes & (pageBytes - 1)) === 0 &&
    writes === reads &&
    (reads === 1 || reads === 2) && // as a copy has it, or in the mode that every start sets
    bytes.readUInt32BE(20) === 0x00_40_20_20 && // no reserved space; payload fractions
    bytes.readUInt32BE(44) <= 4 && // schema format
    bytes.readUInt32BE(52) === 0 && // no vacuum of its own
    bytes.readUInt32BE(56) <= 1 && // UTF-8
    bytes.readUInt32BE(64) === 0 &&
    bytes.subarray(72, 92).every((byte) => byte === 0);
  if (!isOurs) throw damaged(path, 'its header says what is not so');
  // Where a write-ahead log is, what is missing here may stand in it. SQLite takes a page that is cut off for an empty one.
  const isCounted = bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  const isShort = isCounted && statSync(path).size < bytes.readUInt32BE(28) * pageBytes;
  if (isShort && sizeOf(`${path}-wal`) === 0) throw damaged(path, 'its end is cut off');
}

function beginningOf(path: string, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  const file = openSync(path, 'r');
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function damaged(path: string, what: string, cause?: unknown): PerdureError {
  return new PerdureError(
    'database-damaged',
    `${path} is damaged where nothing can be read without it: ${what}. It was not touched. Restore a backup in its place, or move it away to begin anew, and start again.`,
    { cause },
  );
}

function foreign(path: string): PerdureError {
  return new PerdureError(
    'config-invalid',
    `${path} is not a database of Perdure. Name another data directory, or move that file away.`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
