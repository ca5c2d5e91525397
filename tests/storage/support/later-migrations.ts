import { sql } from 'kysely';
import type { Migration } from '../../../packages/server/src/store/sql/migration.ts';
import { migrations } from '../../../packages/server/src/store/sql/migrations.ts';

const [first, second] = [migrations.length + 1, migrations.length + 2];

/** The migrations there are and two more, which take a while and can be told from each other by what they leave. */
export function laterMigrations(onStep: (version: number) => void = () => undefined): readonly Migration[] {
  const step = (version: number): Migration => ({
    version,
    name: `later-${version}`,
    async up(db) {
      onStep(version);
      await sql`UPDATE session SET title = title || ${` ${version}`}`.execute(db);
      await sql.raw(`CREATE TABLE entry_of_${version} AS SELECT * FROM entry`).execute(db);
      await sql`UPDATE block SET last_seq = last_seq + 1`.execute(db);
    },
  });
  return [...migrations, step(first), step(second)];
}

/** What they add to a title, each once. */
export const laterTitle = ` ${first} ${second}`;
export const laterTables = [`entry_of_${first}`, `entry_of_${second}`];
