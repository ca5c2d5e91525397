// Loaded where a migration is due alone: what builds queries takes longer to load than a start without it takes.
import { Kysely, SqliteDialect } from 'kysely';
import { type Migration, migrate } from '../sql/migration.ts';
import { migrations } from '../sql/migrations.ts';
import type { Schema } from '../sql/schema.ts';
import { type BackUpOptions, backUp } from './back-up.ts';
import { openConnection } from './open-connection.ts';
import type { WriterOptions } from './writer-messages.ts';

/** The copy, and once more as much for the pages that a migration may write anew. */
const ROOM_FACTOR = 2;

/** Takes the database from a version to that of the last of the steps, by default to that of this release. */
export async function migrateDatabase(
  options: WriterOptions,
  version: number,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const connection = openConnection({ ...options, isReader: false, durability: 'disk' });
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
  try {
    // Another program that holds the file is told of now, not in the middle.
    connection.exec('BEGIN IMMEDIATE; ROLLBACK');
    if (version > 0) await backUp(connection, copyBefore(options.path, version));
    await migrate(db, steps, version);
  } finally {
    await db.destroy();
    connection.close(); // Kysely leaves it open where no query went through it.
  }
}

/** A start that was cut short begins again, and replaces the copy that the last one made. */
function copyBefore(path: string, version: number): BackUpOptions {
  return { target: `${path}.v${version}.bak`, mayReplace: true, roomFactor: ROOM_FACTOR };
}
