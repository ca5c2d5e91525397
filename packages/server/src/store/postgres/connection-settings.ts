import { hostname } from 'node:os';
import pg from 'pg';
import type { PostgresConnection, PostgresStoreOptions } from './postgres-store-options.ts';

/** What is the same for every connection of a store. */
export interface ConnectionSettings {
  readonly client: pg.ClientConfig;
  /** For sentences: host and database, and never a password. */
  readonly place: string;
  /** How long the server works on one statement. */
  readonly statementTimeoutMs: number;
}

/** The client waits a little longer than the server: who is cut off by the server knows that nothing was written. */
const CLIENT_GRACE_MS = 2_000;
/** As long a name as PostgreSQL keeps. */
const NAME_BYTES = 63;
const INT8 = 20;

export function connectionSettings(options: PostgresStoreOptions): ConnectionSettings {
  const { connectTimeoutMs = 5_000, statementTimeoutMs = 10_000 } = options;
  const given = givenBy(options);
  const client: pg.ClientConfig = {
    ...given,
    application_name: `perdure ${process.pid}@${hostname()}`.slice(0, NAME_BYTES),
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs + CLIENT_GRACE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000, // as the server does it: see forDeadPeers
    // Every number that is kept is a whole one that JavaScript holds exactly.
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) },
  };
  return { client, place: placeOf(client), statementTimeoutMs };
}

function givenBy({ url, connection }: PostgresStoreOptions): PostgresConnection & pg.ClientConfig {
  return url === undefined ? { ...connection } : { connectionString: url };
}

function placeOf(config: pg.ClientConfig): string {
  const { database, host, port } = new pg.Client(config);
  return `${database ?? 'the database'} on ${host}:${port}`;
}
