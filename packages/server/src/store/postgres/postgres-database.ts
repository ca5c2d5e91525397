// T1. One process has a schema: the connection that writes holds its lock, taken before anything else and let go of last.
// T2. That connection alone writes; the others read, and cannot write.
import type { Durability } from '@perdure/protocol';
import pg from 'pg';
import type { Logger } from '../../session/logger.ts';
import type { StoreContext, StoreHealth } from '../session-store.ts';
import { DamageLog } from '../sql/damage-log.ts';
import type { DatabaseReaders, SessionDatabase } from '../sql/session-database.ts';
import { WriteLane } from '../sql/write-lane.ts';
import { type ConnectionSettings, connectionSettings } from './connection-settings.ts';
import { LogReader, type OnDamage } from './log-reader.ts';
import { openOwner } from './open-owner.ts';
import type { PostgresStoreOptions } from './postgres-store-options.ts';
import { PostgresWriter } from './postgres-writer.ts';
import { ProjectionReader } from './projection-reader.ts';
import { ReadPool } from './read-pool.ts';
import { readerStatements } from './reader-statements.ts';
import { RecordReader } from './record-reader.ts';
import { startFailure } from './start-failure.ts';

interface PooledReaders extends DatabaseReaders {
  readonly pool: ReadPool;
  readonly log: LogReader;
}

/** A schema of a PostgreSQL database: the connection that writes, and those that read. */
export class PostgresDatabase implements SessionDatabase {
  readonly durability: Exclude<Durability, 'memory'>;
  readonly lane: WriteLane;
  readonly #options: PostgresStoreOptions;
  readonly #settings: ConnectionSettings;
  readonly #schema: string;
  readonly #damage = new DamageLog(() => this.#logger);
  #context: StoreContext | undefined;
  #readers: PooledReaders | undefined;

  constructor(options: PostgresStoreOptions) {
    this.durability = options.durability ?? 'disk';
    this.#options = options;
    this.#settings = connectionSettings(options);
    this.#schema = options.schema ?? 'perdure';
    const writer = new PostgresWriter({
      connect: (before) => openOwner(this.#ownerOptions, before),
      schema: pg.escapeIdentifier(this.#schema),
      durability: this.durability,
      sessionLogBytes: () =>
        options.sessionLogBytes ?? this.#context?.sessionLogBytes ?? Number.MAX_SAFE_INTEGER,
    });
    this.lane = new WriteLane(writer, {
      onFailure: (error) =>
        this.#logger?.error({ err: error }, 'the store takes no writes until it is reopened'),
      onDamage: (session) => this.#damage.met('write', session),
    });
  }

  get readers(): DatabaseReaders | undefined {
    return this.#readers;
  }

  get damagedRows(): number {
    return this.#damage.rows;
  }

  async open(context: StoreContext | undefined): Promise<void> {
    this.#context = context;
    try {
      await this.lane.open();
      this.#readers = this.#openReaders();
    } catch (error) {
      await this.close();
      throw startFailure(error, this.#settings.place);
    }
  }

  reopen(): Promise<void> {
    return this.lane.reopen();
  }

  async close(): Promise<void> {
    const readers = this.#readers;
    this.#readers = undefined;
    await readers?.pool.close();
    await this.lane.close();
  }

  async health(): Promise<StoreHealth> {
    const readers = this.#readers;
    if (readers === undefined) return { isReadable: false, isWritable: false, isResponsive: false };
    return {
      isReadable: await readers.log.isReadable(),
      isWritable: this.lane.isWritable,
      isResponsive: true, // nothing of this process but its event loop, which asks
      ...(this.#damage.isEmpty ? {} : { isDamaged: true }),
    };
  }

  get #logger(): Logger | undefined {
    return this.#options.logger ?? this.#context?.logger;
  }

  get #ownerOptions() {
    return {
      settings: this.#settings,
      schema: this.#schema,
      durability: this.durability,
      ownerTimeoutMs: this.#options.ownerTimeoutMs ?? 5_000, // a process that was killed is gone in a moment
      onEnd: (error: unknown) => this.lane.fail(error),
    };
  }

  #openReaders(): PooledReaders {
    const { maxConnections = 10, busyTimeoutMs = 5_000 } = this.#options;
    const statements = readerStatements(pg.escapeIdentifier(this.#schema));
    const onDamage: OnDamage = (table, session) => this.#damage.met(table, session);
    const pool = new ReadPool({
      settings: this.#settings,
      maxConnections: maxConnections - 1, // the one that writes
      busyTimeoutMs,
      onDamage: (statement) => this.#damage.met(statement, undefined),
    });
    return {
      pool,
      log: new LogReader({ pool, statements, onDamage }),
      projections: new ProjectionReader({ pool, statements, onDamage }),
      records: new RecordReader({ pool, statements, schema: this.#schema, onDamage }),
    };
  }
}
