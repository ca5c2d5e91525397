import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PerdureError } from '@perdure/protocol';
import Database from 'better-sqlite3';
import { syncPath } from './sync-path.ts';

/**
 * The place of this process in a data directory. A lock of the operating system on `lock.db` holds it, so that it ends
 * with the process however that ends, and no stale file is ever in the way.
 */
export class DirectoryLock {
  readonly #db: Database.Database;

  /** Makes the directory if need be. Throws `directory-in-use` when another process has the place. */
  constructor(directory: string) {
    makeDirectory(directory);
    const path = join(directory, 'lock.db');
    // Never opened by other means once it is there: closing such a handle would let go of every lock on the file.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    this.#db = new Database(path, { timeout: 0 });
    try {
      this.#db.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      this.#db.close();
      throw String(Object(error).code).startsWith('SQLITE_BUSY') ? inUse(directory) : error;
    }
  }

  release(): void {
    this.#db.close();
  }
}

function makeDirectory(directory: string): void {
  try {
    const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Its name has to be on the disk before anything in it is called durable.
    if (first !== undefined) syncUpTo(directory, dirname(first));
  } catch (error) {
    throw new PerdureError(
      'config-invalid',
      `The data directory ${directory} cannot be made. Give the server's user the right to, or name another directory.`,
      { cause: error },
    );
  }
}

function syncUpTo(directory: string, end: string): void {
  for (let path = resolve(directory); ; path = dirname(path)) {
    syncPath(path);
    if (path === resolve(end)) return;
  }
}

function inUse(directory: string): PerdureError {
  const { pid, url } = readServer(directory);
  const holder = pid === undefined ? 'Another process' : `The process ${pid}`;
  const where = url === undefined ? '' : `, which answers on ${url},`;
  return new PerdureError(
    'directory-in-use',
    `${holder}${where} has the data directory ${directory}. Stop it first, or start with another directory.`,
    { details: { directory, ...(pid === undefined ? {} : { pid }), ...(url === undefined ? {} : { url }) } },
  );
}

/** Who says that it serves the directory. The file may be missing, old or half written: then nobody is named. */
function readServer(directory: string): { readonly pid?: number; readonly url?: string } {
  try {
    const { pid, url } = JSON.parse(readFileSync(join(directory, 'server.json'), 'utf8'));
    return {
      ...(Number.isInteger(pid) ? { pid } : {}),
      ...(typeof url === 'string' ? { url } : {}),
    };
  } catch {
    return {};
  }
}
