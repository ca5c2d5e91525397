// T1. One process has a data directory: its lock is taken before anything else is touched, and let go of last.
// T2. Only the writer's thread writes; this one reads through a connection that cannot.
import { join } from 'node:path';
import { type Durability, PerdureError, type RunState } from '@perdure/protocol';
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
  StoreHealth,
} from '../session-store.ts';
import { encodeAppend, encodeCreate } from '../sql/encode-write.ts';
import { toRecord } from '../sql/session-columns.ts';
import type { WriteOutcome } from '../sql/write.ts';
import { unexpected, WriteLane } from '../sql/write-lane.ts';
import { DamageLog } from './damage-log.ts';
import type { DirectoryLock } from './directory-lock.ts';
import type { SqliteReader, SqliteReaderOptions } from './sqlite-reader.ts';
import { ThreadWriter } from './thread-writer.ts';

export interface SqliteSessionStoreOptions {
  /** The data directory. It is made, readable for its owner only, if it does not exist. */
  readonly directory: string;
  /** Default is `disk`. */
  readonly durability?: Exclude<Durability, 'memory'> | undefined;
  /** Bytes that the bodies of one session's log may have. Default: no bound. */
  readonly sessionLogBytes?: number | undefined;
  /** Bytes that the database may have; beyond them it fails as a full disk does. Default: no bound. */
  readonly maxDatabaseBytes?: number | undefined;
  /** How long another program that holds the database is waited for. Default is 5 s. */
  readonly busyTimeoutMs?: number | undefined;
  /** How long the writer's thread may take to answer before it counts as stuck. Default is 10 s. */
  readonly pingTimeoutMs?: number | undefined;
  readonly logger?: Logger | undefined;
}

/** Keeps sessions in one SQLite database in a data directory. */
export class SqliteSessionStore implements SessionStore {
  readonly durability: Exclude<Durability, 'memory'>;
  readonly #directory: string;
  readonly #reading: Omit<SqliteReaderOptions, 'onDamage'>;
  readonly #logger: Logger | undefined;
  readonly #writer: ThreadWriter;
  readonly #lane: WriteLane;
  #lock: DirectoryLock | undefined;
  #reader: SqliteReader | undefined;
  #reopening: Promise<void> | undefined;
  #closing = new AbortController();
  /** The copy under way, and those that wait for it. */
  #copies: Promise<unknown> = Promise.resolve();
  readonly #damage: DamageLog;

  constructor(options: SqliteSessionStoreOptions) {
    const path = join(options.directory, 'perdure.db');
    const busyTimeoutMs = options.busyTimeoutMs ?? 5_000; // a copy, or a look from a shell, takes less
    this.durability = options.durability ?? 'disk';
    this.#directory = options.directory;
    this.#logger = options.logger;
    this.#damage = new DamageLog(options.logger);
    this.#reading = { path, durability: this.durability, busyTimeoutMs };
    this.#writer = new ThreadWriter({
      writer: {
        ...this.#reading,
        sessionLogBytes: options.sessionLogBytes ?? Number.MAX_SAFE_INTEGER,
        maxDatabaseBytes: options.maxDatabaseBytes,
      },
      pingTimeoutMs: options.pingTimeoutMs ?? 10_000, // longer than the slowest fsync of a busy disk
      onEnd: (error) => this.#lane.fail(error),
    });
    this.#lane = new WriteLane(this.#writer, {
      onFailure: (error) =>
        this.#logger?.error({ err: error }, 'the store takes no writes until it is reopened'),
    });
  }

  /** Damaged rows that reads have met, each as often as it was read. */
  get damagedRows(): number {
    return this.#damage.rows;
  }

  async open(): Promise<void> {
    // Here and not at the top: a host with another store never loads the driver.
    const { DirectoryLock } = await import('./directory-lock.ts');
    this.#closing = new AbortController();
    this.#lock = new DirectoryLock(this.#directory);
    try {
      await this.#tellLostCommits();
      await this.#lane.open();
      this.#reader = await this.#openReader();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  reopen(): Promise<void> {
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  async close(): Promise<void> {
    const [reader, lock] = [this.#reader, this.#lock];
    [this.#reader, this.#lock] = [undefined, undefined];
    this.#closing.abort(closed());
    await this.#copies.catch(() => undefined);
    reader?.close(); // before the writer's: the last to close tidies up, and only the writer can
    await this.#lane.close();
    lock?.release();
  }

  /**
   * Copies everything, as of one moment, to a file that must not exist yet; writes go on meanwhile. As `perdure.db` in a data
   * directory of its own the copy is a whole store: no cursor that was given out after that moment is valid in it. It belongs to
   * this store alone and not to the port: what has no file has no such copy, and no host asks for one.
   */
  backup(target: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { path, busyTimeoutMs } = this.#reading;
    const ending = this.#closing.signal;
    const copy = this.#copies
      .catch(() => undefined)
      .then(async () => {
        this.#assertOpen();
        const { copyDatabase } = await import('./copy-database.ts');
        const stop = signal === undefined ? ending : AbortSignal.any([ending, signal]);
        await copyDatabase({ path, target, busyTimeoutMs, signal: stop });
      });
    this.#copies = copy;
    return copy;
  }

  async health(): Promise<StoreHealth> {
    const isOpen = this.#reader !== undefined;
    return {
      isReadable: this.#reader?.isReadable() ?? false,
      isWritable: isOpen && this.#lane.isWritable,
      isResponsive: isOpen && (await this.#writer.isResponsive()),
      ...(this.#damage.isEmpty ? {} : { isDamaged: true }),
    };
  }

  async create(session: NewSession): Promise<CreateOutcome> {
    this.#assertOpen();
    checkRows(session.rows, 0, true);
    const outcome = await this.#lane.write(encodeCreate(session));
    if (outcome.kind === 'unknown') return outcome;
    if (outcome.kind !== 'created' && outcome.kind !== 'exists') throw this.#failed(outcome, undefined);
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
        throw this.#failed(outcome, append.key);
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
    return this.#assertOpen().read(key, after, maxBytes);
  }

  async scan(key: SessionKey, scan: LogScan): Promise<readonly LogRow[]> {
    return this.#assertOpen().scan(key, scan);
  }

  async claims(key: SessionKey): Promise<readonly Claim[]> {
    return this.#assertOpen().claims(key);
  }

  async command(key: SessionKey, principalId: string, commandId: string): Promise<CommandRecord | undefined> {
    return this.#assertOpen().command(key, principalId, commandId);
  }

  async snapshot(key: SessionKey): Promise<SnapshotRow | undefined> {
    return this.#assertOpen().snapshot(key);
  }

  async blocks(key: SessionKey, query: BlockQuery): Promise<readonly BlockRow[]> {
    return this.#assertOpen().blocks(key, query);
  }

  async runs(
    key: SessionKey,
    query: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly RunState[]> {
    return this.#assertOpen().runs(key, query.before, query.limit);
  }

  async run(key: SessionKey, runId: string): Promise<RunState | undefined> {
    return this.#assertOpen().run(key, runId);
  }

  async #reopen(): Promise<void> {
    this.#assertOpen();
    await this.#lane.reopen();
    const [before, reader] = [this.#reader, await this.#openReader()];
    before?.close();
    this.#reader = reader;
  }

  async #openReader(): Promise<SqliteReader> {
    const { SqliteReader } = await import('./sqlite-reader.ts');
    return new SqliteReader({
      ...this.#reading,
      onDamage: (table, session) => this.#damage.met(table, session),
    });
  }

  /** Before anything is written: the next write goes over what is left of them. */
  async #tellLostCommits(): Promise<void> {
    if (this.durability !== 'disk') return;
    const { keepLostCommits } = await import('./lost-commits.ts');
    const lost = await keepLostCommits(this.#reading.path);
    if (lost !== undefined) this.#damage.lost(lost);
  }

  /** A write that came to nothing by its own fault, or by damage that it met. */
  #failed(outcome: WriteOutcome, session: SessionKey | undefined): PerdureError {
    if (outcome.kind === 'failed' && outcome.isDamage === true) this.#damage.met('write', session);
    return unexpected(outcome);
  }

  #assertOpen(): SqliteReader {
    if (this.#reader !== undefined) return this.#reader;
    throw closed();
  }
}

function closed(): PerdureError {
  return new PerdureError(
    'shutting-down',
    'The store is closed. Open it before use, and ask nothing of it after close().',
  );
}
