import { crc32 } from 'node:zlib';
import { type JsonObject, PerdureError } from '@perdure/protocol';
import type pg from 'pg';
import { sqlState } from './database-error.ts';
import { setForSession } from './session-settings.ts';

export interface SchemaLock {
  readonly schema: string;
  /** For sentences. */
  readonly place: string;
  /** How long another owner is waited for. */
  readonly waitMs: number;
}

/** Other programs use advisory locks as well: ours are told apart by the first of their two numbers. */
const SPACE = 0x50_44_52_45; // PDRE
const LOCK_NOT_AVAILABLE = '55P03';
/** The server answers when the wait is over; only one that hangs takes longer. */
const GRACE_MS = 5_000;

/** Takes the lock of a schema, for as long as the connection lives. Throws `database-locked`, and who has it. */
export async function takeSchemaLock(client: pg.Client, lock: SchemaLock): Promise<void> {
  const { schema, place, waitMs } = lock;
  const key = schemaKey(schema);
  await setForSession(client, { lock_timeout: waitMs, statement_timeout: 0 });
  try {
    await client.query(
      waitingFor({ text: 'SELECT pg_advisory_lock($1, $2)', values: [SPACE, key] }, waitMs + GRACE_MS),
    );
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
    const { sentence, details } = await holderOf(client, key);
    throw new PerdureError(
      'database-locked',
      `${sentence} has the schema "${schema}" of ${place}. Stop it first, or start with another schema.`,
      { details: { schema, ...details } },
    );
  }
}

/** The second number of the lock of a schema. */
export function schemaKey(schema: string): number {
  return crc32(schema) | 0;
}

/** A question that the client waits longer for than for others. */
export function waitingFor(query: pg.QueryConfig, waitMs: number): pg.QueryConfig {
  return { ...query, ...{ query_timeout: waitMs } };
}

interface HolderRow {
  readonly pid: number;
  readonly name: string | null;
  readonly address: string | null;
  readonly since: string | null;
}

/** Who has the lock, as far as this user may see it: as the beginning of a sentence, and as data. */
async function holderOf(
  client: pg.Client,
  key: number,
): Promise<{ readonly sentence: string; readonly details: JsonObject }> {
  const { rows } = await client.query<HolderRow>({
    text: `
      SELECT a.pid, nullif(a.application_name, '') AS name, host(a.client_addr) AS address,
        to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
      FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid = $1::int::oid AND l.objid = $2::int::oid`,
    values: [SPACE, key],
  });
  const [holder] = rows;
  if (holder === undefined) return { sentence: 'Another process', details: {} };
  const { pid, name, address, since } = holder;
  const facts = [
    name ?? 'without a name',
    ...(address === null ? [] : [`from ${address}`]),
    ...(since === null ? [] : [`since ${since}`]),
    `PostgreSQL process ${pid}`,
  ];
  return {
    sentence: `Another process (${facts.join(', ')})`,
    details: { backend: pid, ...(name !== null && { name }), ...(address !== null && { address }) },
  };
}
