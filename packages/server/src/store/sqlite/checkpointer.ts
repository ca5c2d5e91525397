// K1. The write-ahead log stays bounded. SQLite's own checkpoints run inside a commit, before anyone learns that it is
//     durable; these run after the group was answered.
// K2. A reader that takes long, as a copy of the database does, is waited for now and then and not by every group.
// K3. After a failed fsync the log looks whole, and may be so in memory alone: nothing is appended to it, it is begun anew.
import type Database from 'better-sqlite3';

/** Pages after which the log is copied back: 4 MiB, of which a checkpoint takes a few milliseconds. */
const CHECKPOINT_PAGES = 1_000;
/** Pages after which readers are waited for: a reader that never ends would let the log grow for ever. */
const BOUND_PAGES = 16_000;
/** How long readers are waited for. Appends wait as long, so it is short. */
const READER_WAIT_MS = 50;

interface WalState {
  /** 1: a reader was in the way. */
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

export class Checkpointer {
  readonly #db: Database.Database;
  readonly #busyTimeoutMs: number;
  /** Pages at which readers are waited for next. */
  #boundPages = BOUND_PAGES;

  constructor(db: Database.Database, busyTimeoutMs: number) {
    this.#db = db;
    this.#busyTimeoutMs = busyTimeoutMs;
    db.pragma('wal_autocheckpoint = 0');
    db.pragma(`journal_size_limit = ${BOUND_PAGES * 4_096}`);
  }

  /** Copies back what has gathered, if it is enough. Throws when the disk fails. */
  run(): void {
    const { log, checkpointed } = this.#wal('NOOP');
    if (log - checkpointed < CHECKPOINT_PAGES) return;
    this.#wal('PASSIVE');
    if (log < BOUND_PAGES) this.#boundPages = BOUND_PAGES;
    if (log < this.#boundPages) return;
    this.#db.pragma(`busy_timeout = ${READER_WAIT_MS}`);
    try {
      const { busy } = this.#wal('TRUNCATE');
      this.#boundPages = busy === 1 ? log + CHECKPOINT_PAGES : BOUND_PAGES; // K2
    } finally {
      this.#db.pragma(`busy_timeout = ${this.#busyTimeoutMs}`);
    }
  }

  /**
   * Copies back everything, and begins the log anew (K3): what is copied is written and synced once more. False: a reader was
   * in the way. Throws when the disk fails.
   */
  runWhole(): boolean {
    return this.#wal('TRUNCATE').busy === 0;
  }

  #wal(mode: 'NOOP' | 'PASSIVE' | 'TRUNCATE'): WalState {
    const [state] = this.#db.pragma(`wal_checkpoint(${mode})`) as [WalState];
    return state;
  }
}
