// W1. A group is one transaction: when its outcomes are returned, all of it is on the disk, as far as `durability` says.
// W2. Each write of a group has a savepoint: one at fault is rolled back alone, its neighbours never notice.
// W3. A claim is on the disk whatever the durability: an epoch that a client has seen is never given again.
// W4. After a failure the handle is used for nothing more. An fsync that failed once says nothing by succeeding later.
import type Database from 'better-sqlite3';
import { Checkpointer } from './checkpointer.ts';
import { openConnection } from './open-connection.ts';
import type { UnfinishedWrite, Write, WriteOutcome } from '../sql/write.ts';
import { type WriteContext, writeAppend, writeCreate } from './write-log.ts';
import {
  prepareSliceStatements,
  type SliceStatements,
  writeCompact,
  writePurge,
  writeRemove,
  writeSweep,
} from './write-slice.ts';
import { databaseAnswers } from './database-answers.ts';
import { isDamaged } from './read-failure.ts';
import type { WriterOptions } from './writer-messages.ts';
import { prepareWriterStatements, type WriterStatements } from './writer-statements.ts';

/** As much as the largest group: a disk that takes less would fail again at once. */
const PROBE_BYTES = 256 * 1_024;

/** The one connection that writes. */
export class WriterDatabase {
  readonly #db: Database.Database;
  readonly #path: string;
  readonly #durability: WriterOptions['durability'];
  readonly #statements: WriterStatements;
  readonly #slices: SliceStatements;
  readonly #context: WriteContext;
  readonly #checkpointer: Checkpointer;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #rollback: Database.Statement;
  #kinds = new Map<string, number>();

  constructor(options: WriterOptions) {
    const { durability, sessionLogBytes, maxDatabaseBytes, busyTimeoutMs } = options;
    this.#path = options.path;
    this.#durability = durability;
    this.#db = openConnection({ ...options, isReader: false });
    // What was deleted is gone from the file as well, not only from the tables.
    this.#db.pragma('secure_delete = ON');
    if (maxDatabaseBytes !== undefined) {
      const pageBytes = Number(this.#db.pragma('page_size', { simple: true }));
      this.#db.pragma(`max_page_count = ${Math.ceil(maxDatabaseBytes / pageBytes)}`);
    }
    this.#checkpointer = new Checkpointer(this.#db, busyTimeoutMs);
    this.#statements = prepareWriterStatements(this.#db);
    this.#slices = prepareSliceStatements(this.#db);
    this.#begin = this.#db.prepare('BEGIN IMMEDIATE');
    this.#commit = this.#db.prepare('COMMIT');
    this.#rollback = this.#db.prepare('ROLLBACK');
    const kindOf = (type: string) => this.#kindOf(type);
    this.#context = { statements: this.#statements, kindOf, sessionLogBytes };
    this.#readKinds();
    // Another program that holds the file is told of now, not with the first append.
    this.#begin.run();
    this.#rollback.run();
  }

  /** Sessions whose rows wait for the purge, and those with rows below their floor: those that can be found keep no start waiting. */
  unfinished(): UnfinishedWrite[] {
    const { removed, unswept } = this.#statements;
    const keysOf = ({ indexed, inTable }: typeof removed) =>
      orOnDamage(
        () => indexed.all(),
        () =>
          orOnDamage(
            () => inTable.all(),
            () => [],
          ),
      );
    return [
      ...keysOf(removed).map((key) => ({ kind: 'purge', key }) as const),
      ...keysOf(unswept).map((key) => ({ kind: 'sweep', key }) as const),
    ];
  }

  /** Writes a group. Throws when the disk fails: then none of the outcomes is known. */
  write(group: readonly Write[]): WriteOutcome[] {
    const damaged = new Map<Write, WriteOutcome>();
    for (;;) {
      try {
        return this.#transact(group.some(isClaim), () =>
          group.map((write) => damaged.get(write) ?? this.#writeOne(write)),
        );
      } catch (error) {
        if (!(error instanceof DamageMet)) throw error;
        if (!databaseAnswers(this.#path)) throw error.cause; // it is the disk that fails
        // SQLite lets nothing be written in a transaction that came upon damage: it is begun anew, without what met it.
        damaged.set(error.write, { kind: 'failed', message: String(error.cause), isDamage: true });
        this.#readKinds();
      }
    }
  }

  /** Proves that the disk takes a whole group, and raises the counter of epochs past whatever was lost. */
  probe(): void {
    if (!this.#checkpointer.runWhole())
      throw new Error('Someone reads the database, which keeps its log from being begun anew.');
    this.#transact(true, () => {
      this.#db.prepare('INSERT INTO probe (body) VALUES (?)').run('0'.repeat(PROBE_BYTES));
      this.#statements.raise.get('epoch');
    });
    this.#transact(true, () => this.#db.prepare('DELETE FROM probe').run());
  }

  checkpoint(): void {
    this.#checkpointer.run();
  }

  /** What a process that is gone wrote may have met a failing disk that it told nobody of. */
  settle(): void {
    this.#checkpointer.runWhole();
  }

  close(): void {
    this.#db.close();
  }

  #transact<T>(isSynced: boolean, run: () => T): T {
    const raisesLevel = isSynced && this.#durability === 'process';
    if (raisesLevel) this.#db.pragma('synchronous = FULL');
    try {
      this.#begin.run();
      const result = run();
      this.#commit.run();
      return result;
    } catch (error) {
      if (this.#db.inTransaction) this.#rollback.run();
      throw error;
    } finally {
      if (raisesLevel) this.#db.pragma('synchronous = NORMAL');
    }
  }

  #writeOne(write: Write): WriteOutcome {
    const { savepoint, release } = this.#statements;
    savepoint.run();
    try {
      const outcome = this.#apply(write);
      if (!writes(outcome)) this.#undoOne();
      release.run();
      return outcome;
    } catch (error) {
      if (isDamaged(error)) throw new DamageMet(write, error);
      if (!this.#db.inTransaction || !isOwnFault(error)) throw error;
      this.#undoOne();
      release.run();
      return { kind: 'failed', message: error.message, isDamage: isPlaceTaken(error) };
    }
  }

  #undoOne(): void {
    this.#statements.rollback.run();
    this.#readKinds();
  }

  #apply(write: Write): WriteOutcome {
    switch (write.kind) {
      case 'append':
        return writeAppend(this.#context, write);
      case 'create':
        return writeCreate(this.#context, write);
      case 'remove':
        return writeRemove(this.#statements, write);
      case 'purge':
        return writePurge(this.#statements, this.#slices, write);
      case 'sweep':
        return writeSweep(this.#statements, this.#slices, write);
      case 'compact':
        return writeCompact(this.#statements, this.#slices, write);
    }
  }

  #kindOf(type: string): number {
    const known = this.#kinds.get(type);
    if (known !== undefined) return known;
    const kind = this.#statements.addKind.get(type);
    if (kind === undefined) throw new Error(`The event type "${type}" got no number.`);
    this.#kinds.set(type, kind);
    return kind;
  }

  #readKinds(): void {
    this.#kinds = new Map(this.#statements.kinds.all().map(({ kind, name }) => [name, kind]));
  }
}

/** A write came upon a page that is damaged. */
class DamageMet extends Error {
  readonly write: Write;

  constructor(write: Write, cause: unknown) {
    super('A write met damage.', { cause });
    this.write = write;
  }
}

const isClaim = (write: Write) => write.kind === 'create' || (write.kind === 'append' && write.claim);

const writes = ({ kind }: WriteOutcome) => kind === 'committed' || kind === 'created' || kind === 'done';

/** Whether the write itself was at fault (a broken constraint, a value that cannot be bound) rather than the disk. */
function isOwnFault(error: unknown): error is Error {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(code);
}

/** Whether a row stands where this one belongs: each has a place that the fence gives to no other, so no write put it there. */
function isPlaceTaken(error: Error): boolean {
  return 'code' in error && /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|ROWID)$/.test(String(error.code));
}

function orOnDamage<T>(read: () => T, otherwise: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isDamaged(error)) throw error;
    return otherwise();
  }
}
