import type { Durability } from '@perdure/protocol';
import pg from 'pg';
import type { Migration } from '../sql/migration.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { farewell } from './farewell.ts';
import { type Backend, OwnerConnection } from './owner-connection.ts';
import { checkSchema, prepareSchema } from './prepare-schema.ts';
import { takeSchemaLock } from './schema-lock.ts';
import { readServerFacts, refuseUnfit } from './server-facts.ts';
import { setForSession, writerSettings } from './session-settings.ts';

export interface OwnerOptions {
  readonly settings: ConnectionSettings;
  readonly schema: string;
  readonly durability: Exclude<Durability, 'memory'>;
  /** How long another owner is waited for. */
  readonly ownerTimeoutMs: number;
  /** Told when the connection ends, whatever ended it, unless it was closed. */
  readonly onEnd: (error: unknown) => void;
  /** Default: all there are. */
  readonly steps?: readonly Migration[] | undefined;
}

/**
 * Connects and takes the schema for this process. The first time it is made or migrated; after a failure it has to be there, and
 * `before` is the connection that failed.
 */
export async function openOwner(
  options: OwnerOptions,
  before: Backend | undefined,
): Promise<OwnerConnection> {
  const { settings, schema, durability, ownerTimeoutMs, onEnd, steps } = options;
  const { place, statementTimeoutMs } = settings;
  const client = new pg.Client(settings.client);
  client.on('error', () => undefined); // each question is told of it; without a listener the process would end
  try {
    await client.connect();
    const facts = await readServerFacts(client);
    refuseUnfit(facts, place, durability);
    if (before !== undefined) await endBackend(client, before);
    await takeSchemaLock(client, { schema, place, waitMs: ownerTimeoutMs });
    if (before === undefined) await prepareSchema(client, schema, steps);
    else await checkSchema(client, schema, steps);
    await setForSession(client, writerSettings(statementTimeoutMs));
    return new OwnerConnection({ client, facts, backend: await readBackend(client), onEnd });
  } catch (error) {
    await farewell(client.end(), [client]);
    throw error;
  }
}

const STARTED_AT = 'extract(epoch FROM backend_start)::text';

async function readBackend(client: pg.Client): Promise<Backend> {
  const { rows } = await client.query<Backend>(
    `SELECT pid, ${STARTED_AT} AS "startedAt" FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
  );
  const [backend] = rows;
  if (backend === undefined) throw new Error('The server does not know the connection that asks.');
  return backend;
}

/** Ends the connection that this process had before: one that hangs, in the network or behind a lock, would keep the schema. */
async function endBackend(client: pg.Client, { pid, startedAt }: Backend): Promise<void> {
  await client.query({
    text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND ${STARTED_AT} = $2`,
    values: [pid, startedAt],
  });
}
