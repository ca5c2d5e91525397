import type { Durability } from '@perdure/protocol';
import { PerdureError } from '@perdure/protocol';
import type pg from 'pg';

/** The oldest release that is supported: before it, text that is no JSON cannot be told from text that is. */
const OLDEST_RELEASE = 16;

/** What a server says of itself. */
export interface ServerFacts {
  readonly release: number;
  readonly encoding: string;
  readonly isSynced: boolean;
  readonly isReplica: boolean;
  readonly synchronousCommit: string;
}

export async function readServerFacts(client: pg.ClientBase): Promise<ServerFacts> {
  const { rows } = await client.query<ServerFacts>(`
    SELECT current_setting('server_version_num')::int / 10000 AS release,
      current_setting('server_encoding') AS encoding,
      current_setting('fsync')::bool AS "isSynced",
      pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS "isReplica",
      current_setting('synchronous_commit') AS "synchronousCommit"`);
  const [facts] = rows;
  if (facts === undefined) throw new Error('The server says nothing of itself.');
  return facts;
}

/** Throws a `start` error that says what to do, if the server is none that a store can stand on. */
export function refuseUnfit(
  facts: ServerFacts,
  place: string,
  durability: Exclude<Durability, 'memory'>,
): void {
  const { release, encoding, isSynced, isReplica } = facts;
  if (release < OLDEST_RELEASE) {
    throw unfit(
      `The server of ${place} is PostgreSQL ${release}. Use PostgreSQL ${OLDEST_RELEASE} or a newer one.`,
    );
  }
  if (encoding !== 'UTF8') {
    throw unfit(
      `The database ${place} keeps its text as ${encoding}. Use one that was made with the encoding UTF8.`,
    );
  }
  if (isReplica) {
    throw unfit(`The database ${place} can only be read: it is a replica. Name the server it follows.`);
  }
  if (!isSynced && durability === 'disk') {
    throw unfit(
      `The server of ${place} runs with fsync = off and would lose what it has acknowledged. Turn fsync on, or choose durability: 'process'.`,
    );
  }
}

/** The level of `synchronous_commit` at which a commit is on the disk: never lower than what the server is set to. */
export function syncedLevel({ synchronousCommit }: ServerFacts): string {
  return synchronousCommit === 'remote_apply' ? 'remote_apply' : 'on';
}

function unfit(sentence: string): PerdureError {
  return new PerdureError('config-invalid', sentence);
}
