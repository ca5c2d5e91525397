// R1. What is read is checked against its sum: a damaged row is marked or left out, and never shown as if it were whole.
import { type Block, isPerdureError, type JsonObject, type RunState } from '@perdure/protocol';
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
import { needleInJson } from '../sql/needle-in-json.ts';
import { placeOfBlock, placeOfEntry, placeOfRun, placeOfSnapshot } from '../sql/row-places.ts';
import {
  type BlockTable,
  DELTA_KIND,
  type EntryTable,
  type RunTable,
  type SnapshotTable,
} from '../sql/schema.ts';
import { isWhole } from '../sql/sum-of.ts';
import { wordsOfBlock } from '../words-of-block.ts';
import { givenRow } from './given-row.ts';
import { keptText } from './kept-text.ts';
import type { ReadPool } from './read-pool.ts';
import { readerStatements } from './reader-statements.ts';

/** Rows that a page takes from the table at once, and blocks that a search does. */
const AT_ONCE = 200;

type EntryRow = Omit<EntryTable, 'session'>;
type Summed = { readonly body: unknown; readonly sum: unknown };

export interface PostgresReaderOptions {
  readonly pool: ReadPool;
  /** As it stands in a statement. */
  readonly schema: string;
  /** Told of each damaged row that was met. */
  readonly onDamage: (table: string, key: SessionKey | undefined) => void;
}

/** Reads the logs of sessions, and what is projected from them. */
export class PostgresReader {
  readonly #pool: ReadPool;
  readonly #onDamage: PostgresReaderOptions['onDamage'];
  readonly #statements: ReturnType<typeof readerStatements>;
  #types = new Map<number, string>();

  constructor({ pool, schema, onDamage }: PostgresReaderOptions) {
    this.#pool = pool;
    this.#onDamage = onDamage;
    this.#statements = readerStatements(schema);
  }

  /** Whether the tables answer. When all connections are busy they do: to others. */
  async isReadable(): Promise<boolean> {
    try {
      return (await this.#pool.query(this.#statements.version)).length > 0;
    } catch (error) {
      return isPerdureError(error, 'limit-exceeded');
    }
  }

  async read(key: SessionKey, after: number, maxBytes: number): Promise<LogPage> {
    const rows: LogRow[] = [];
    let [bytes, head, place] = [0, 0, after];
    for (;;) {
      const left = Math.max(0, maxBytes - bytes);
      const found = await this.#ask<{ head: number } & EntryRow>(this.#statements.read, [
        ...[key, place, left, AT_ONCE],
      ]);
      head = found[0]?.head ?? 0;
      if (found[0] === undefined || found[0].through === null) return { rows, head };
      for (const entry of found) {
        const row = await this.#toRow(key, entry);
        rows.push(row);
        place = row.through;
        bytes += Buffer.byteLength(row.body ?? '');
        if (bytes >= maxBytes) return { rows, head };
      }
    }
  }

  async scan(key: SessionKey, scan: LogScan): Promise<LogRow[]> {
    const { after, before = Number.MAX_SAFE_INTEGER, order, types, audience, maxRows } = scan;
    const { scanAll, scanDeltas, scanKinds } = this.#statements;
    const values = [key, after, before, audience === 'server' ? 1 : 0, maxRows];
    const kinds = types && (await this.#kindsOf(types));
    const others = kinds?.filter((kind) => kind !== DELTA_KIND) ?? [];
    const found = await Promise.all([
      kinds === undefined ? this.#ask<EntryRow>(scanAll[order], values) : [],
      kinds?.includes(DELTA_KIND) ? this.#ask<EntryRow>(scanDeltas[order], values) : [],
      others.length > 0 ? this.#ask<EntryRow>(scanKinds[order], [...values, others]) : [],
    ]);
    const inOrder = found
      .flat()
      .sort((a, b) => (order === 'asc' ? a.through - b.through : b.through - a.through));
    return Promise.all(inOrder.slice(0, maxRows).map((row) => this.#toRow(key, row)));
  }

  claims(key: SessionKey): Promise<Claim[]> {
    return this.#ask<Claim>(this.#statements.claims, [key]);
  }

  async command(key: SessionKey, principalId: string, commandId: string): Promise<CommandRecord | undefined> {
    const [row] = await this.#ask<{ hash: string; result: string }>(this.#statements.command, [
      ...[key, keptText(principalId), keptText(commandId)],
    ]);
    if (row === undefined) return undefined;
    return { principalId, commandId, hash: row.hash, result: jsonOr<JsonObject>(row.result, {}) };
  }

  async snapshot(key: SessionKey): Promise<SnapshotRow | undefined> {
    const [row] = await this.#ask<SnapshotTable>(this.#statements.snapshot, [key]);
    if (row === undefined) return undefined;
    const { through, state_version: stateVersion, body } = row;
    if (!this.#isWhole('snapshot', key, row, placeOfSnapshot(key, row))) return undefined;
    return { through, stateVersion, body };
  }

  async blocks(key: SessionKey, query: BlockQuery): Promise<BlockRow[]> {
    const { conversationId, order, from, text = '', limit } = query;
    const found: BlockRow[] = [];
    const needle = foldText(text);
    let place = from ?? (order === 'asc' ? -1 : Number.MAX_SAFE_INTEGER);
    while (found.length < limit) {
      const asked = needle === '' ? limit - found.length : AT_ONCE;
      const rows = await this.#ask<BlockTable>(this.#statements.blocks[order], [
        ...[key, keptText(conversationId), place, asked, needleInJson(needle)],
      ]);
      for (const row of rows) {
        place = row.first_seq;
        if (!this.#isWhole('block', key, row, placeOfBlock(key, row))) continue;
        const block = JSON.parse(row.body) as Block;
        if (needle !== '' && !foldText(wordsOfBlock(block)).includes(needle)) continue;
        found.push({ conversationId, firstSeq: row.first_seq, lastSeq: row.last_seq, block });
        if (found.length === limit) break;
      }
      if (rows.length < asked) break;
    }
    return found;
  }

  async runs(key: SessionKey, before: string | undefined, limit: number): Promise<RunState[]> {
    const found: RunState[] = [];
    let place = before === undefined ? LAST_ORD : (await this.#run(key, before))?.ord;
    while (place !== undefined && found.length < limit) {
      const asked = limit - found.length; // more, for what is damaged
      const rows = await this.#ask<RunTable>(this.#statements.runs, [key, place, asked]);
      const whole = rows.filter((row) => this.#isWhole('run', key, row, placeOfRun(key, row.run_id)));
      found.push(...whole.map(({ body }) => JSON.parse(body) as RunState));
      place = rows.length < asked ? undefined : rows.at(-1)?.ord;
    }
    return found;
  }

  async run(key: SessionKey, runId: string): Promise<RunState | undefined> {
    const row = await this.#run(key, runId);
    return row !== undefined && this.#isWhole('run', key, row, placeOfRun(key, row.run_id))
      ? (JSON.parse(row.body) as RunState)
      : undefined;
  }

  async #run(key: SessionKey, runId: string): Promise<RunTable | undefined> {
    return (await this.#ask<RunTable>(this.#statements.run, [key, keptText(runId)]))[0];
  }

  async #toRow(key: SessionKey, entry: EntryRow): Promise<LogRow> {
    const { after, through, epoch, kind, audience, body } = entry;
    const isSound = this.#isWhole('entry', key, entry, placeOfEntry(key, entry));
    return {
      ...{ after, through, epoch },
      type: await this.#typeOf(kind),
      audience: audience === 1 ? 'server' : 'client',
      body: isSound ? body : null,
    };
  }

  #isWhole(table: string, key: SessionKey, row: Summed, place: readonly number[]): boolean {
    if (isWhole(row, place)) return true;
    this.#onDamage(table, key);
    return false;
  }

  async #typeOf(kind: number): Promise<string> {
    if (!this.#types.has(kind)) await this.#readTypes();
    return this.#types.get(kind) ?? 'unknown';
  }

  async #kindsOf(types: readonly string[]): Promise<number[]> {
    const kinds = () => [...this.#types].filter(([, name]) => types.includes(name)).map(([kind]) => kind);
    if (kinds().length < types.length) await this.#readTypes();
    return kinds();
  }

  async #readTypes(): Promise<void> {
    const rows = await this.#ask<{ kind: number; name: string }>(this.#statements.kinds, []);
    this.#types = new Map(rows.map(({ kind, name }) => [kind, name]));
  }

  async #ask<Row extends object>(statement: { name?: string; text: string }, values: unknown[]) {
    const rows = await this.#pool.query<Row & Record<string, unknown>>({ ...statement, values });
    return rows.map((row): Row => givenRow(row));
  }
}

/** As large as a place of a run can be. */
const LAST_ORD = 2 ** 31 - 1;
