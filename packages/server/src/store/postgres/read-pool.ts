// C1. There are never more connections than was said. Whoever finds none free waits for a bounded time, among a bounded number.
// C2. Nothing is written over these connections: the server refuses it.
import { PerdureError } from '@perdure/protocol';
import pg from 'pg';
import { storageDamaged } from '../sql/storage-damaged.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { isConnectionLost, isDamaged, isUnreadable, unreadable } from './database-error.ts';
import { farewell } from './farewell.ts';
import { givenRow } from './given-row.ts';
import { readerSettings, setForSession } from './session-settings.ts';
import { WaitingLine } from './waiting-line.ts';

export interface ReadPoolOptions {
  readonly settings: ConnectionSettings;
  readonly maxConnections: number;
  /** How long a read waits for a connection. */
  readonly busyTimeoutMs: number;
  /** Told of a statement that came upon damage. */
  readonly onDamage: (statement: string) => void;
}

/** A second of reads: whoever came after them would not be served in time anyway. */
const WAITING_PER_CONNECTION = 1_000;

/** To connect takes longer than to read: a connection stays for a while after a burst. */
const IDLE_MS = 60_000;

/** The connections that read. */
export class ReadPool {
  readonly #pool: pg.Pool;
  readonly #line: WaitingLine;
  readonly #onDamage: (statement: string) => void;
  /** The connections there are, each with its end. */
  readonly #ends = new Map<pg.Client, Promise<void>>();

  constructor({ settings, maxConnections, busyTimeoutMs, onDamage }: ReadPoolOptions) {
    this.#onDamage = onDamage;
    this.#pool = new pg.Pool({
      ...settings.client,
      max: maxConnections,
      idleTimeoutMillis: IDLE_MS,
      onConnect: (client) => {
        client.on('error', toldElsewhere);
        this.#keep(client as pg.Client);
        return setForSession(client, readerSettings(settings.statementTimeoutMs));
      },
    });
    this.#pool.on('error', toldElsewhere);
    this.#line = new WaitingLine({
      places: maxConnections,
      maxWaiting: maxConnections * WAITING_PER_CONNECTION,
      waitMs: busyTimeoutMs,
      refusal: (waiting) => busy(maxConnections, waiting),
    });
  }

  /**
   * Rows as they were written. Rejects with `limit-exceeded` when no connection comes free in time, with `storage-unreadable`
   * when the server is away, with `storage-damaged` when it came upon damage.
   */
  async query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<Row[]> {
    try {
      const rows = await this.#line.run(() => this.#query<Row>(query));
      return rows.map(givenRow);
    } catch (error) {
      if (!isDamaged(error)) throw isUnreadable(error) ? unreadable(error) : error;
      this.#onDamage(query.name ?? 'query');
      throw storageDamaged(error);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end(); // says farewell, and waits for none
    await farewell(Promise.all(this.#ends.values()), this.#ends.keys());
  }

  #keep(client: pg.Client): void {
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    this.#ends.set(
      client,
      ended.then(() => void this.#ends.delete(client)),
    );
  }

  async #query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<Row[]> {
    const client = await this.#pool.connect();
    let isBroken = false;
    try {
      return (await client.query<Row>(query)).rows;
    } catch (error) {
      isBroken = isConnectionLost(error);
      throw error;
    } finally {
      client.release(isBroken);
    }
  }
}

/**
 * A connection that ends tells whoever has asked something over it, and the pool when nobody has. Besides, it tells its own
 * listeners: without one the process would end.
 */
const toldElsewhere = () => undefined;

function busy(max: number, waiting: number): PerdureError {
  const retryAfterMs = 1_000;
  return new PerdureError(
    'limit-exceeded',
    `All ${max} connections that read from the database are busy, and ${waiting} reads wait for one. Try again in a moment.`,
    { details: { limit: 'maxConnections', max, current: max, retryAfterMs } },
  );
}
