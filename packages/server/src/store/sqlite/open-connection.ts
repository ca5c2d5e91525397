import Database from 'better-sqlite3';
import type { Durability } from '@perdure/protocol';

export interface ConnectionOptions {
  readonly path: string;
  readonly isReader: boolean;
  readonly durability: Exclude<Durability, 'memory'>;
  /** How long a statement waits for another program that holds the file. */
  readonly busyTimeoutMs: number;
}

/** Opens the database with everything said explicitly: the defaults of builds differ, and some of them lose commits. */
export function openConnection(options: ConnectionOptions): Database.Database {
  const { path, isReader, durability, busyTimeoutMs } = options;
  const db = new Database(path, { readonly: isReader, fileMustExist: true, timeout: busyTimeoutMs });
  try {
    db.pragma('journal_mode = WAL');
    // NORMAL, the default of this build in WAL mode, loses acknowledged commits when the power fails.
    db.pragma(`synchronous = ${durability === 'disk' ? 'FULL' : 'NORMAL'}`);
    db.pragma('temp_store = MEMORY'); // no content in temporary files
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON'); // a page whose structure is damaged is told of when it is read, not when it misleads
    // Elsewhere the pragma is ignored; there, a plain fsync only reaches the cache of the drive.
    if (process.platform === 'darwin') {
      db.pragma('fullfsync = ON');
      db.pragma('checkpoint_fullfsync = ON');
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
