import { DatabaseStore } from '../sql/database-store.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import type { SqliteSessionStoreOptions } from './sqlite-store-options.ts';

/** Keeps sessions in one SQLite database in a data directory. */
export class SqliteSessionStore extends DatabaseStore {
  readonly #database: SqliteDatabase;

  constructor(options: SqliteSessionStoreOptions) {
    const database = new SqliteDatabase(options);
    super(database);
    this.#database = database;
  }

  /**
   * Copies everything, as of one moment, to a file that must not exist yet; writes go on meanwhile. As `perdure.db` in a data
   * directory of its own the copy is a whole store: no cursor that was given out after that moment is valid in it. It belongs to
   * this store alone and not to the port: what has no file has no such copy, and no host asks for one.
   */
  backup(target: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#database.backUp(target, signal);
  }
}
