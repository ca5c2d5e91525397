// B1. A schema of a newer release is refused before anything is written to it.
// B2. Only the owner of the lock migrates: of two processes that start at once, one migrates and the other finds it done.
import { PerdureError } from '@perdure/protocol';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import type pg from 'pg';
import { type ColumnTypes, type Migration, migrate, newestVersion } from '../sql/migration.ts';
import { migrations } from '../sql/migrations.ts';
import type { Schema } from '../sql/schema.ts';
import { waitingFor } from './schema-lock.ts';

const types: ColumnTypes = { text: sql`text COLLATE "C"`, key: 'bigint' };

/** Makes the schema and its tables, or brings them forward, where that is due. */
export async function prepareSchema(
  client: pg.Client,
  schema: string,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const version = await readVersion(client, schema);
  if (version > newestVersion(steps)) throw newer(schema, version, newestVersion(steps));
  if (version === newestVersion(steps)) return;
  if (version === 0) await makeSchema(client, schema);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: poolOf(client) }) });
  await migrate(db.withSchema(schema), steps, version, types);
}

/** Throws unless the tables are there as this release has them: what was there before is not made anew. */
export async function checkSchema(
  client: pg.Client,
  schema: string,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const version = await readVersion(client, schema);
  if (version > newestVersion(steps)) throw newer(schema, version, newestVersion(steps));
  if (version < newestVersion(steps)) {
    throw new PerdureError(
      'config-invalid',
      `The schema "${schema}" is gone, or was put back as it was before. Put it right and start the server anew.`,
    );
  }
}

/** The version of the tables; 0 where there are none. */
async function readVersion(client: pg.Client, schema: string): Promise<number> {
  const { rows } = await client.query<{ name: string }>({
    text: 'SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind = ANY ($2)',
    values: [client.escapeIdentifier(schema), ['r', 'p', 'v', 'm', 'f']],
  });
  const names = rows.map(({ name }) => name);
  if (!names.includes('schema_version')) {
    if (names.some((name) => ours.has(name))) throw foreign(schema);
    return 0;
  }
  const found = await client.query<{ version: number }>(
    `SELECT version FROM ${client.escapeIdentifier(schema)}.schema_version`,
  );
  return found.rows[0]?.version ?? 0;
}

async function makeSchema(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query({
    text: 'SELECT FROM pg_namespace WHERE nspname = $1',
    values: [schema],
  });
  // Not IF NOT EXISTS: that asks for the right to make one even where there is nothing to make.
  if (rows.length === 0) await client.query(`CREATE SCHEMA ${client.escapeIdentifier(schema)}`);
}

const ours = new Set<string>([
  ...(['counter', 'event_type', 'session', 'claim', 'entry', 'block', 'run', 'command'] as const),
  ...(['snapshot', 'probe'] as const satisfies readonly (keyof Schema)[]),
]);

const LONGEST_WAIT_MS = 2 ** 31 - 1; // of a timer

/** The one connection that holds the lock, as Kysely takes connections. */
function poolOf(client: pg.Client): PostgresPool {
  const connection = {
    // A migration takes as long as it takes.
    query: (text: string, values: readonly unknown[]) =>
      client.query(waitingFor({ text, values: [...values] }, LONGEST_WAIT_MS)),
    release: () => undefined,
  };
  return {
    connect: async () => connection as unknown as PostgresPoolClient, // no cursors: migrations have none
    end: () => Promise.resolve(),
    options: {},
  };
}

function newer(schema: string, version: number, newest: number): PerdureError {
  return new PerdureError(
    'database-newer',
    `The schema "${schema}" has version ${version}, this release knows versions up to ${newest}. It was not touched: start the release that wrote it, or one after it.`,
    { details: { version, newest } },
  );
}

function foreign(schema: string): PerdureError {
  return new PerdureError(
    'config-invalid',
    `The schema "${schema}" holds tables of another program. Name another schema: it is made if need be.`,
  );
}
