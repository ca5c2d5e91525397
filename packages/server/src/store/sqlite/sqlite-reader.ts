// R1. What is read is checked against its sum: a damaged row is marked or left out, and never shown as if it were whole.
// R2. A statement is read to its end, or closed, before anything else runs: no read holds the write-ahead log back.
import { statSync } from 'node:fs';
import type { Block, JsonObject, RunState } from '@perdure/protocol';
import Database from 'better-sqlite3';
import { foldText } from '../fold-text.ts';
import type {
  BlockQuery,
  BlockRow,
  Claim,
  CommandRecord,
  LogPage,
  LogRow,
  LogScan,
  SessionKey,
  SnapshotRow,
} from '../session-store.ts';
import { jsonOr } from '../sql/json-or.ts';
import { DELTA_KIND } from '../sql/schema.ts';
import { wordsOfBlock } from '../words-of-block.ts';
import { type ConnectionOptions, openConnection } from './open-connection.ts';
import { type EntryRow, prepareReaderStatements, type ReaderStatements } from './reader-statements.ts';
import { RecordReader } from './record-reader.ts';
import { isWhole } from '../sql/sum-of.ts';

/** Blocks that a search takes from the table at once. */
const SEARCHED_AT_ONCE = 200;

export interface SqliteReaderOptions extends Omit<ConnectionOptions, 'isReader'> {
  /** Told of each damaged row that was met. */
  readonly onDamage: (table: string, key: SessionKey) => void;
}

type Summed = { readonly body: unknown; readonly sum: unknown };

/** The connection that reads. It cannot write. */
export class SqliteReader {
  readonly records: RecordReader;
  readonly #path: string;
  readonly #onDamage: SqliteReaderOptions['onDamage'];
  readonly #db: Database.Database;
  readonly #statements: ReaderStatements;
  readonly #file: string;
  #types = new Map<number, string>();

  constructor(options: SqliteReaderOptions) {
    this.#path = options.path;
    this.#onDamage = options.onDamage;
    this.#db = openConnection({ ...options, isReader: true });
    this.#statements = prepareReaderStatements(this.#db);
    this.#file = identity(options.path);
    this.records = new RecordReader(this.#db, this.#statements);
  }

  close(): void {
    this.#db.close();
  }

  /** Whether the real file still is there and answers: an open handle goes on answering after its file was deleted. */
  isReadable(): boolean {
    try {
      if (identity(this.#path) !== this.#file) return false;
      const fresh = new Database(this.#path, { readonly: true, fileMustExist: true });
      try {
        fresh.prepare('SELECT version FROM schema_version').get();
      } finally {
        fresh.close();
      }
      return true;
    } catch {
      return false;
    }
  }

  read(key: SessionKey, after: number, maxBytes: number): LogPage {
    const { begin, commit, head, read } = this.#statements;
    begin.run(); // rows and head of one moment
    try {
      const rows: LogRow[] = [];
      const seen = head.get(key);
      if (seen === undefined) return { rows, head: 0 };
      let bytes = 0;
      for (const entry of read.iterate(key, after)) {
        const row = this.#toRow(key, entry);
        rows.push(row);
        bytes += Buffer.byteLength(row.body ?? '');
        if (bytes >= maxBytes) break;
      }
      return { rows, head: seen };
    } finally {
      commit.run();
    }
  }

  scan(key: SessionKey, scan: LogScan): LogRow[] {
    const { after, before = Number.MAX_SAFE_INTEGER, order, types, audience, maxRows } = scan;
    const { scanAll, scanDeltas, scanKind } = this.#statements;
    const parameters = {
      key,
      after,
      before,
      audience: audience === 'server' ? 1 : 0,
      kind: 0,
      limit: maxRows,
    };
    if (types === undefined) return scanAll[order].all(parameters).map((row) => this.#toRow(key, row));
    // One walk through the index a type; of what they find together, the first rows.
    const found = this.#kindsOf(types).flatMap((kind) =>
      (kind === DELTA_KIND ? scanDeltas : scanKind)[order].all({ ...parameters, kind }),
    );
    const inOrder = found.sort((a, b) => (order === 'asc' ? a.through - b.through : b.through - a.through));
    return inOrder.slice(0, maxRows).map((row) => this.#toRow(key, row));
  }

  claims(key: SessionKey): Claim[] {
    return this.#statements.claims.all({ key });
  }

  command(key: SessionKey, principalId: string, commandId: string): CommandRecord | undefined {
    const row = this.#statements.command.get({ key, principal: principalId, commandId });
    if (row === undefined) return undefined;
    return { principalId, commandId, hash: row.hash, result: jsonOr<JsonObject>(row.result, {}) };
  }

  snapshot(key: SessionKey): SnapshotRow | undefined {
    const row = this.#statements.snapshot.get({ key });
    if (row === undefined) return undefined;
    const { through, state_version: stateVersion, body } = row;
    if (!this.#isWhole('snapshot', key, row, [through, stateVersion])) return undefined;
    return { through, stateVersion, body };
  }

  blocks(key: SessionKey, { conversationId, order, from, text = '', limit }: BlockQuery): BlockRow[] {
    const found: BlockRow[] = [];
    const needle = foldText(text);
    let place = from ?? (order === 'asc' ? -1 : Number.MAX_SAFE_INTEGER);
    while (found.length < limit) {
      const asked = needle === '' ? limit - found.length : SEARCHED_AT_ONCE;
      const rows = this.#statements.blocks[order].all({
        ...{ key, conversation: conversationId, from: place, limit: asked, needle: asStored(needle) },
      });
      for (const row of rows) {
        place = row.first_seq;
        if (!this.#isWhole('block', key, row, [row.first_seq, row.last_seq])) continue;
        const block = JSON.parse(row.body) as Block;
        if (needle !== '' && !foldText(wordsOfBlock(block)).includes(needle)) continue;
        found.push({ conversationId, firstSeq: row.first_seq, lastSeq: row.last_seq, block });
        if (found.length === limit) break;
      }
      if (rows.length < asked) break;
    }
    return found;
  }

  runs(key: SessionKey, before: string | undefined, limit: number): RunState[] {
    const { runs, run } = this.#statements;
    const found: RunState[] = [];
    let place = before === undefined ? Number.MAX_SAFE_INTEGER : run.get({ key, runId: before })?.ord;
    while (place !== undefined && found.length < limit) {
      const asked = limit - found.length; // more, for what is damaged
      const rows = runs.all({ key, ord: place, limit: asked });
      const whole = rows.filter((row) => this.#isWhole('run', key, row, []));
      found.push(...whole.map(({ body }) => JSON.parse(body) as RunState));
      place = rows.length < asked ? undefined : rows.at(-1)?.ord;
    }
    return found;
  }

  run(key: SessionKey, runId: string): RunState | undefined {
    const row = this.#statements.run.get({ key, runId });
    return row !== undefined && this.#isWhole('run', key, row, [])
      ? (JSON.parse(row.body) as RunState)
      : undefined;
  }

  #toRow(key: SessionKey, entry: EntryRow): LogRow {
    const { after, through, epoch, kind, audience, body } = entry;
    const isSound = this.#isWhole('entry', key, entry, [after, through, epoch, kind, audience]);
    return {
      ...{ after, through, epoch },
      type: this.#typeOf(kind),
      audience: audience === 1 ? 'server' : 'client',
      body: isSound ? body : null,
    };
  }

  #isWhole(table: string, key: SessionKey, row: Summed, place: readonly number[]): boolean {
    if (isWhole(row, place)) return true;
    this.#onDamage(table, key);
    return false;
  }

  #typeOf(kind: number): string {
    const known = this.#types.get(kind);
    if (known !== undefined) return known;
    this.#readTypes();
    return this.#types.get(kind) ?? 'unknown';
  }

  #kindsOf(types: readonly string[]): number[] {
    const kinds = () => [...this.#types].filter(([, name]) => types.includes(name)).map(([kind]) => kind);
    if (kinds().length < types.length) this.#readTypes();
    return kinds();
  }

  #readTypes(): void {
    this.#types = new Map(this.#statements.kinds.all().map(({ kind, name }) => [kind, name]));
  }
}

/**
 * The needle as it stands in JSON text, for a first look in SQL. SQLite folds the case of ASCII letters only: other
 * needles are looked for in every block.
 */
function asStored(needle: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  return /^[\x00-\x7f]*$/.test(needle) ? JSON.stringify(needle).slice(1, -1) : '';
}

function identity(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}
