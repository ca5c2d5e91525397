import type { ColumnDataType, Expression, Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

/** Types of columns that not every dialect spells alike. */
export interface ColumnTypes {
  /** Text that is compared byte by byte, whatever language the database speaks. */
  readonly text: ColumnDataType | Expression<unknown>;
  /** The number of a session. */
  readonly key: ColumnDataType | Expression<unknown>;
}

/** As SQLite has them: its text is bytes, and only an `integer` key is the place of a row. */
const plainTypes: ColumnTypes = { text: 'text', key: 'integer' };

/** One step forward. It is never changed once released; there is no step back. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Runs in a transaction of its own. A migration may meet tables that the newest `Schema` no longer has. */
  // biome-ignore lint/suspicious/noExplicitAny: the tables at that time, not those of today.
  up(transaction: Transaction<any>, types: ColumnTypes): Promise<void>;
}

/** The version a database has after the last of the migrations. */
export function newestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/**
 * Takes the database from version `from` to the newest. Each step and the version it leads to are one transaction, so a
 * death in between leaves a whole database of some version, from which the next start goes on.
 */
export async function migrate(
  db: Kysely<Schema>,
  migrations: readonly Migration[],
  from: number,
  types: ColumnTypes = plainTypes,
): Promise<void> {
  for (const { version, up } of migrations.filter((migration) => migration.version > from)) {
    await db.transaction().execute(async (transaction) => {
      await up(transaction, types);
      await transaction.schema
        .createTable('schema_version')
        .ifNotExists()
        .addColumn('version', 'integer', (column) => column.notNull())
        .execute();
      await transaction.deleteFrom('schema_version').execute();
      await transaction.insertInto('schema_version').values({ version }).execute();
    });
  }
}
