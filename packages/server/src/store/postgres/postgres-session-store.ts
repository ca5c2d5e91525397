// T1. One process has a schema: the connection that writes holds its lock, taken before anything else and let go of last.
// T2. That connection alone writes; the others read, and cannot write.
import { type Durability, PerdureError, type RunState } from '@perdure/protocol';
import pg from 'pg';
import type { Logger } from '../../session/logger.ts';
import { checkAppend } from '../check-append.ts';
import { checkRows } from '../check-rows.ts';
import type {
  Append,
  AppendOutcome,
  BlockQuery,
  BlockRow,
  Claim,
  CommandRecord,
  CreateOutcome,
  LogPage,
  LogRow,
  LogScan,
  NewSession,
  SessionKey,
  SessionQuery,
  SessionRecord,
  SessionStore,
  SnapshotRow,
  StoreContext,
  StoreHealth,
} from '../session-store.ts';
import { encodeAppend, encodeCreate } from '../sql/encode-write.ts';
import { toRecord } from '../sql/session-columns.ts';
import { unexpected, WriteLane } from '../sql/write-lane.ts';
import { type ConnectionSettings, connectionSettings } from './connection-settings.ts';
import { LogReader } from './log-reader.ts';
import { openOwner } from './open-owner.ts';
import type { PostgresStoreOptions } from './postgres-store-options.ts';
import { PostgresWriter } from './postgres-writer.ts';
import { ProjectionReader } from './projection-reader.ts';
import { ReadPool } from './read-pool.ts';
import { readerStatements } from './reader-statements.ts';
import { RecordReader } from './record-reader.ts';
import { startFailure } from './start-failure.ts';

interface Readers {
  readonly pool: ReadPool;
  readonly log: LogReader;
  readonly projections: ProjectionReader;
  readonly records: RecordReader;
}

/** Keeps sessions in a schema of a PostgreSQL database. */
export class PostgresSessionStore implements SessionStore {
  readonly durability: Exclude<Durability, 'memory'>;
  readonly #options: PostgresStoreOptions;
  readonly #settings: ConnectionSettings;
  readonly #schema: string;
  readonly #lane: WriteLane;
  #context: StoreContext | undefined;
  #readers: Readers | undefined;
  #reopening: Promise<void> | undefined;
  #damagedRows = 0;

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
    this.#lane = new WriteLane(writer, {
      onFailure: (error) =>
        this.#logger?.error({ err: error }, 'the store takes no writes until it is reopened'),
    });
  }

  /** Damaged rows that reads have met, each as often as it was read. */
  get damagedRows(): number {
    return this.#damagedRows;
  }

  async open(context?: StoreContext): Promise<void> {
    this.#context = context;
    try {
      await this.#lane.open();
      this.#readers = this.#openReaders();
    } catch (error) {
      await this.close();
      throw startFailure(error, this.#settings.place);
    }
  }

  reopen(): Promise<void> {
    this.#assertOpen();
    this.#reopening ??= this.#lane.reopen().finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  async close(): Promise<void> {
    const readers = this.#readers;
    this.#readers = undefined;
    await readers?.pool.close();
    await this.#lane.close();
  }

  async health(): Promise<StoreHealth> {
    const readers = this.#readers;
    if (readers === undefined) return { isReadable: false, isWritable: false, isResponsive: false };
    return {
      isReadable: await readers.log.isReadable(),
      isWritable: this.#lane.isWritable,
      isResponsive: true, // nothing of this process but its event loop, which asks
      ...(this.#damagedRows === 0 ? {} : { isDamaged: true }),
    };
  }

  async create(session: NewSession): Promise<CreateOutcome> {
    this.#assertOpen();
    checkRows(session.rows, 0, true);
    const outcome = await this.#lane.write(encodeCreate(session));
    if (outcome.kind === 'unknown') return outcome;
    if (outcome.kind !== 'created' && outcome.kind !== 'exists') throw unexpected(outcome);
    return { kind: outcome.kind, record: toRecord(outcome.row) };
  }

  async append(append: Append): Promise<AppendOutcome> {
    this.#assertOpen();
    checkAppend(append);
    const outcome = await this.#lane.write(encodeAppend(append));
    switch (outcome.kind) {
      case 'failed':
      case 'created':
      case 'exists':
      case 'done':
        throw unexpected(outcome);
      case 'committed':
        if (append.floor !== undefined) this.#lane.finish({ kind: 'sweep', key: append.key });
        return outcome;
      default:
        return outcome;
    }
  }

  async remove(key: SessionKey): Promise<void> {
    this.#assertOpen();
    await this.#lane.writeWhole({ kind: 'remove', key });
    this.#lane.finish({ kind: 'purge', key });
  }

  async compact(key: SessionKey, before: number): Promise<void> {
    this.#assertOpen();
    await this.#lane.writeWhole({ kind: 'compact', key, after: 0, before });
  }

  async find(tenantId: string, id: string): Promise<SessionRecord | undefined> {
    return this.#assertOpen().records.find(tenantId, id);
  }

  async get(key: SessionKey): Promise<SessionRecord | undefined> {
    return this.#assertOpen().records.get(key);
  }

  async list(query: SessionQuery): Promise<readonly SessionRecord[]> {
    return this.#assertOpen().records.list(query);
  }

  async count(query: Omit<SessionQuery, 'limit' | 'after'>): Promise<number> {
    return this.#assertOpen().records.count(query);
  }

  async unsettled(after: SessionKey, limit: number): Promise<readonly SessionRecord[]> {
    return this.#assertOpen().records.unsettled(after, limit);
  }

  async read(key: SessionKey, after: number, maxBytes: number): Promise<LogPage> {
    return this.#assertOpen().log.read(key, after, maxBytes);
  }

  async scan(key: SessionKey, scan: LogScan): Promise<readonly LogRow[]> {
    return this.#assertOpen().log.scan(key, scan);
  }

  async claims(key: SessionKey): Promise<readonly Claim[]> {
    return this.#assertOpen().log.claims(key);
  }

  async command(key: SessionKey, principalId: string, commandId: string): Promise<CommandRecord | undefined> {
    return this.#assertOpen().projections.command(key, principalId, commandId);
  }

  async snapshot(key: SessionKey): Promise<SnapshotRow | undefined> {
    return this.#assertOpen().projections.snapshot(key);
  }

  async blocks(key: SessionKey, query: BlockQuery): Promise<readonly BlockRow[]> {
    return this.#assertOpen().projections.blocks(key, query);
  }

  async runs(
    key: SessionKey,
    query: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly RunState[]> {
    return this.#assertOpen().projections.runs(key, query.before, query.limit);
  }

  async run(key: SessionKey, runId: string): Promise<RunState | undefined> {
    return this.#assertOpen().projections.run(key, runId);
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
      onEnd: (error: unknown) => this.#lane.fail(error),
    };
  }

  #openReaders(): Readers {
    const { maxConnections = 10, busyTimeoutMs = 5_000 } = this.#options;
    const statements = readerStatements(pg.escapeIdentifier(this.#schema));
    const pool = new ReadPool({
      settings: this.#settings,
      maxConnections: maxConnections - 1, // the one that writes
      busyTimeoutMs,
    });
    const onDamage = (table: string, session: SessionKey) => {
      this.#damagedRows += 1;
      this.#logger?.warn({ table, session }, 'a row is damaged and was left out');
    };
    return {
      pool,
      log: new LogReader({ pool, statements, onDamage }),
      projections: new ProjectionReader({ pool, statements, onDamage }),
      records: new RecordReader({ pool, statements, schema: this.#schema }),
    };
  }

  #assertOpen(): Readers {
    if (this.#readers !== undefined) return this.#readers;
    throw new PerdureError(
      'shutting-down',
      'The store is closed. Open it before use, and ask nothing of it after close().',
    );
  }
}
