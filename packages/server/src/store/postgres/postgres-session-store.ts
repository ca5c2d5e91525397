import { DatabaseStore } from '../sql/database-store.ts';
import { PostgresDatabase } from './postgres-database.ts';
import type { PostgresStoreOptions } from './postgres-store-options.ts';

/** Keeps sessions in a schema of a PostgreSQL database. */
export class PostgresSessionStore extends DatabaseStore {
  constructor(options: PostgresStoreOptions) {
    super(new PostgresDatabase(options));
  }
}
