import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { type Migration, migrate } from '../sql/migration.ts';
import type { Schema } from '../sql/schema.ts';

/** The tables and indexes of a database by their names, each as the columns it has, in words that can be compared. */
export function tablesOf(db: Database.Database): Map<string, string> {
  const names = db.prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'index')");
  const columns = db.prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)');
  const keys = db.prepare('SELECT name FROM pragma_index_info(?)');
  const kinds = db.prepare('SELECT name, "unique", origin, partial FROM pragma_index_list(?) ORDER BY name');
  return new Map(
    (names.all() as { type: 'table' | 'index'; name: string }[]).map(({ type, name }) => [
      name,
      JSON.stringify(type === 'table' ? [columns.all(name), kinds.all(name)] : keys.all(name)),
    ]),
  );
}

/** What migrations make of an empty database. */
export async function expectedTables(steps: readonly Migration[]): Promise<Map<string, string>> {
  const database = new Database(':memory:');
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  try {
    await migrate(db, steps, 0);
    return tablesOf(database);
  } finally {
    await db.destroy();
  }
}
