// R1. What is read is checked against its sum: a damaged row is marked or left out, and never shown as if it were whole.
// R2. A statement is read to its end, or closed, before anything else runs: no read holds the write-ahead log back.
// R3. A read that fails says so in our words: what is damaged costs what needs it, and nothing else.
import { statSync } from 'node:fs';
import type { RunState } from '@perdure/protocol';
import type Database from 'better-sqlite3';
import type {
  BlockQuery,
  BlockRow,
  Claim,
  CommandRecord,
  LogPage,
  LogRow,
  LogScan,
  RunQuery,
  SessionKey,
  SnapshotRow,
} from '../session-store.ts';
import { databaseAnswers } from './database-answers.ts';
import { EntryReader } from './entry-reader.ts';
import { EntryTypes } from './entry-types.ts';
import { type ConnectionOptions, openConnection } from './open-connection.ts';
import { ProjectionReader } from './projection-reader.ts';
import { type OnDamage, ReadFaults } from './read-faults.ts';
import { prepareReaderStatements, type ReaderStatements } from './reader-statements.ts';
import { RecordReader } from './record-reader.ts';
import { addSoundFloor } from './sound-floor.ts';

export interface SqliteReaderOptions extends Omit<ConnectionOptions, 'isReader'> {
  /** Told of each damaged row that was met. */
  readonly onDamage: OnDamage;
}

/** The connection that reads. It cannot write. */
export class SqliteReader {
  readonly records: RecordReader;
  readonly #path: string;
  readonly #db: Database.Database;
  readonly #statements: ReaderStatements;
  readonly #faults: ReadFaults;
  readonly #entries: EntryReader;
  readonly #projections: ProjectionReader;
  readonly #file: string;

  constructor(options: SqliteReaderOptions) {
    this.#path = options.path;
    this.#db = openConnection({ ...options, isReader: true });
    const faults = new ReadFaults({ onDamage: options.onDamage, isReadable: () => this.isReadable() });
    addSoundFloor(this.#db, (key) => faults.tell('session', key));
    const statements = prepareReaderStatements(this.#db);
    this.#statements = statements;
    this.#faults = faults;
    this.#entries = new EntryReader({ statements, types: new EntryTypes(statements), faults });
    this.#projections = new ProjectionReader({ statements, faults });
    this.records = new RecordReader({ db: this.#db, statements, faults, entries: this.#entries });
    this.#file = identity(options.path);
  }

  close(): void {
    this.#db.close();
  }

  /** Whether the real file still is there and answers: an open handle goes on answering after its file was deleted. */
  isReadable(): boolean {
    try {
      return identity(this.#path) === this.#file && databaseAnswers(this.#path);
    } catch {
      return false;
    }
  }

  read(key: SessionKey, after: number, maxBytes: number): LogPage {
    return this.#atOneMoment(key, () => this.#entries.read(key, after, maxBytes));
  }

  scan(key: SessionKey, scan: LogScan): LogRow[] {
    return this.#atOneMoment(key, () => this.#entries.scan(key, scan));
  }

  claims(key: SessionKey): Claim[] {
    return this.#faults.typed('claim', key, () => this.#projections.claims(key));
  }

  command(key: SessionKey, principalId: string, commandId: string): CommandRecord | undefined {
    return this.#faults.typed('command', key, () => this.#projections.command(key, principalId, commandId));
  }

  snapshot(key: SessionKey): SnapshotRow | undefined {
    return this.#faults.typed('snapshot', key, () => this.#projections.snapshot(key));
  }

  blocks(key: SessionKey, query: BlockQuery): BlockRow[] {
    return this.#faults.typed('block', key, () => this.#projections.blocks(key, query));
  }

  runs(key: SessionKey, query: RunQuery): RunState[] {
    return this.#faults.typed('run', key, () => this.#projections.runs(key, query));
  }

  run(key: SessionKey, runId: string): RunState | undefined {
    return this.#faults.typed('run', key, () => this.#projections.run(key, runId));
  }

  #atOneMoment<T>(key: SessionKey, read: () => T): T {
    return this.#faults.typed('entry', key, () => {
      this.#statements.begin.run();
      try {
        return read();
      } finally {
        if (this.#db.inTransaction) this.#statements.end.run();
      }
    });
  }
}

function identity(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}
