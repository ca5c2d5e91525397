// Migrates a database to a version that does not exist, and kills itself when the migration has done half of its work.
import { sql } from 'kysely';
import type { Migration } from '../../store/sql/migration.ts';
import { migrations } from '../../store/sql/migrations.ts';
import { openDatabase } from '../../store/sqlite/open-database.ts';

const half: Migration = {
  version: migrations.length + 1,
  name: 'half',
  async up(db) {
    await sql`UPDATE session SET title = 'migrated'`.execute(db);
    await sql`CREATE TABLE half (a)`.execute(db);
    await sql`DROP TABLE block`.execute(db);
    process.kill(process.pid, 'SIGKILL');
  },
};

await openDatabase(
  {
    path: process.argv[2] ?? '',
    durability: 'disk',
    sessionLogBytes: Number.MAX_SAFE_INTEGER,
    maxDatabaseBytes: undefined,
    busyTimeoutMs: 1_000,
  },
  [...migrations, half],
);
