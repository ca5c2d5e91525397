import type pg from 'pg';

/** Settings of a connection, by the names that PostgreSQL has for them. */
export type SessionSettings = Readonly<Record<string, string | number>>;

/** After the connection is there, not with it: poolers refuse to start a session with settings they do not know. */
export async function setForSession(client: pg.ClientBase, settings: SessionSettings): Promise<void> {
  const names = Object.keys(settings);
  const calls = names.map((name, index) => `set_config('${name}', $${index + 1}, false)`);
  await client.query(`SELECT ${calls.join()}`, Object.values(settings).map(String));
}

/**
 * All that is looked up is looked up by a key. A planner that has seen the tables empty would read them whole, and go on to
 * do so when they have grown, for it plans a statement once: here it can but take the keys.
 */
const forLookups = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
};

/** Without these the server keeps the lock of a machine that has vanished for two hours. Seconds. */
const forDeadPeers = { tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 };

/** Compiling a statement takes longer than any of ours runs. */
const forShortStatements = { jit: 'off' };

/** Of the connection that writes. */
export function writerSettings(statementTimeoutMs: number): SessionSettings {
  return {
    statement_timeout: statementTimeoutMs,
    lock_timeout: statementTimeoutMs,
    ...forLookups,
    ...forDeadPeers,
    ...forShortStatements,
  };
}

/** Of those that read. Whatever has a mistake in it cannot write there. */
export function readerSettings(statementTimeoutMs: number): SessionSettings {
  return {
    statement_timeout: statementTimeoutMs,
    default_transaction_read_only: 'on',
    ...forShortStatements,
  };
}
