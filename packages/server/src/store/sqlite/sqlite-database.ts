// T1. One process has a data directory: its lock is taken before anything else is touched, and let go of last.
// T2. Only the writer's thread writes; this one reads through a connection that cannot.
import { join } from 'node:path';
import type { Durability } from '@perdure/protocol';
import type { StoreHealth } from '../session-store.ts';
import { DamageLog } from '../sql/damage-log.ts';
import type { DatabaseReaders, SessionDatabase } from '../sql/session-database.ts';
import { storeClosed } from '../sql/store-closed.ts';
import { WriteLane } from '../sql/write-lane.ts';
import type { DirectoryLock } from './directory-lock.ts';
import type { SqliteReader, SqliteReaderOptions } from './sqlite-reader.ts';
import type { SqliteSessionStoreOptions } from './sqlite-store-options.ts';
import { ThreadWriter } from './thread-writer.ts';

/** The database in a data directory: its lock, the thread that writes, the connection that reads, and copies. */
export class SqliteDatabase implements SessionDatabase {
  readonly durability: Exclude<Durability, 'memory'>;
  readonly lane: WriteLane;
  readonly #directory: string;
  readonly #reading: Omit<SqliteReaderOptions, 'onDamage'>;
  readonly #writer: ThreadWriter;
  readonly #damage: DamageLog;
  #lock: DirectoryLock | undefined;
  #reader: SqliteReader | undefined;
  #readers: DatabaseReaders | undefined;
  #closing = new AbortController();
  /** The copy under way, and those that wait for it. */
  #copies: Promise<unknown> = Promise.resolve();

  constructor(options: SqliteSessionStoreOptions) {
    const path = join(options.directory, 'perdure.db');
    const busyTimeoutMs = options.busyTimeoutMs ?? 5_000; // a copy, or a look from a shell, takes less
    this.durability = options.durability ?? 'disk';
    this.#directory = options.directory;
    this.#damage = new DamageLog(() => options.logger);
    this.#reading = { path, durability: this.durability, busyTimeoutMs };
    this.#writer = new ThreadWriter({
      writer: {
        ...this.#reading,
        sessionLogBytes: options.sessionLogBytes ?? Number.MAX_SAFE_INTEGER,
        maxDatabaseBytes: options.maxDatabaseBytes,
      },
      pingTimeoutMs: options.pingTimeoutMs ?? 10_000, // longer than the slowest fsync of a busy disk
      onEnd: (error) => this.lane.fail(error),
    });
    this.lane = new WriteLane(this.#writer, {
      onFailure: (error) =>
        options.logger?.error({ err: error }, 'the store takes no writes until it is reopened'),
      onDamage: (session) => this.#damage.met('write', session),
    });
  }

  get readers(): DatabaseReaders | undefined {
    return this.#readers;
  }

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
      await this.lane.open();
      await this.#read();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async reopen(): Promise<void> {
    await this.lane.reopen();
    const before = this.#reader;
    await this.#read();
    before?.close();
  }

  async close(): Promise<void> {
    const [reader, lock] = [this.#reader, this.#lock];
    [this.#reader, this.#readers, this.#lock] = [undefined, undefined, undefined];
    this.#closing.abort(storeClosed());
    await this.#copies.catch(() => undefined);
    reader?.close(); // before the writer's: the last to close tidies up, and only the writer can
    await this.lane.close();
    lock?.release();
  }

  async health(): Promise<StoreHealth> {
    const isOpen = this.#reader !== undefined;
    return {
      isReadable: this.#reader?.isReadable() ?? false,
      isWritable: isOpen && this.lane.isWritable,
      isResponsive: isOpen && (await this.#writer.isResponsive()),
      ...(this.#damage.isEmpty ? {} : { isDamaged: true }),
    };
  }

  backUp(target: string, signal: AbortSignal | undefined): Promise<void> {
    const { path, busyTimeoutMs } = this.#reading;
    const ending = this.#closing.signal;
    const copy = this.#copies
      .catch(() => undefined)
      .then(async () => {
        if (this.#reader === undefined) throw storeClosed();
        const { copyDatabase } = await import('./copy-database.ts');
        const stop = signal === undefined ? ending : AbortSignal.any([ending, signal]);
        await copyDatabase({ path, target, busyTimeoutMs, signal: stop });
      });
    this.#copies = copy;
    return copy;
  }

  async #read(): Promise<void> {
    const { SqliteReader } = await import('./sqlite-reader.ts');
    this.#closing.signal.throwIfAborted(); // by now it may have been closed
    const reader = new SqliteReader({
      ...this.#reading,
      onDamage: (table, session) => this.#damage.met(table, session),
    });
    this.#reader = reader;
    this.#readers = { records: reader.records, log: reader, projections: reader };
  }

  /** Before anything is written: the next write goes over what is left of them. */
  async #tellLostCommits(): Promise<void> {
    if (this.durability !== 'disk') return;
    const { keepLostCommits } = await import('./lost-commits.ts');
    const lost = await keepLostCommits(this.#reading.path);
    if (lost !== undefined) this.#damage.lost(lost);
  }
}
