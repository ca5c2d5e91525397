import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { expect, test } from 'vitest';
import { migrate, newestVersion } from '../sql/migration.ts';
import { migrations } from '../sql/migrations.ts';
import type { Schema } from '../sql/schema.ts';
import { tablesOf } from './database-tables.ts';
import { madeTables } from './made-tables.ts';

test('[H8] the tables that a start expects are those that the migrations make', async () => {
  const database = new Database(':memory:');
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  await migrate(db, migrations, 0);
  expect(madeTables).toEqual({ version: newestVersion(migrations), tables: tablesOf(database) });
  await db.destroy();
});
