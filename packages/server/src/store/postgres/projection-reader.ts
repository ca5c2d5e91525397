// Projections are made from the log: one that is damaged is left out, and what it told is still in the log.
import type { Block, JsonObject, RunState } from '@perdure/protocol';
import { blockSays } from '../block-says.ts';
import { foldText } from '../fold-text.ts';
import type {
  BlockQuery,
  BlockRow,
  CommandRecord,
  RunQuery,
  SessionKey,
  SnapshotRow,
} from '../session-store.ts';
import { jsonOr } from '../sql/json-or.ts';
import { needleInJson } from '../sql/needle-in-json.ts';
import { placeOfBlock, placeOfRun, placeOfSnapshot } from '../sql/row-places.ts';
import type { BlockTable, RunTable, SnapshotTable } from '../sql/schema.ts';
import { isWhole } from '../sql/sum-of.ts';
import { keptText } from './kept-text.ts';
import type { OnDamage, TableReaderOptions } from './log-reader.ts';
import type { ReadPool } from './read-pool.ts';
import type { ReaderStatements } from './reader-statements.ts';
import { type AboveFloor, rowsAboveFloor, soundFloor } from './rows-above-floor.ts';

/** Blocks that a search takes from the table at once. */
const SEARCHED_AT_ONCE = 200;
/** As large as the place of a run can be. */
const LAST_ORD = 2 ** 31 - 1;

type Summed = { readonly body: unknown; readonly sum: unknown };

/** Reads what the logs of sessions were made into. */
export class ProjectionReader {
  readonly #pool: ReadPool;
  readonly #statements: ReaderStatements;
  readonly #onDamage: OnDamage;

  constructor({ pool, statements, onDamage }: TableReaderOptions) {
    this.#pool = pool;
    this.#statements = statements;
    this.#onDamage = onDamage;
  }

  async command(key: SessionKey, principalId: string, commandId: string): Promise<CommandRecord | undefined> {
    const values = [key, keptText(principalId), keptText(commandId)];
    const [row] = await this.#ask<{ hash: string; result: string }>(this.#statements.command, values);
    if (row === undefined) return undefined;
    return { principalId, commandId, hash: row.hash, result: jsonOr<JsonObject>(row.result, {}) };
  }

  async snapshot(key: SessionKey): Promise<SnapshotRow | undefined> {
    const [row] = await this.#ask<SnapshotTable>(this.#statements.snapshot, [key]);
    if (row === undefined) {
      const found = await this.#ask<AboveFloor>(this.#statements.floorWithoutBase, [key]);
      if (soundFloor(key, found, this.#onDamage) > 0) this.#onDamage('snapshot', key);
      return undefined;
    }
    if (!this.#isWhole('snapshot', key, row, placeOfSnapshot(key, row))) return undefined;
    const { through, state_version: stateVersion, body } = row;
    return { through, stateVersion, body };
  }

  async blocks(key: SessionKey, query: BlockQuery): Promise<BlockRow[]> {
    const { conversationId, order, from, text = '', limit } = query;
    const found: BlockRow[] = [];
    const needle = foldText(text);
    let place = from ?? (order === 'asc' ? -1 : Number.MAX_SAFE_INTEGER);
    while (found.length < limit) {
      const asked = needle === '' ? limit - found.length : SEARCHED_AT_ONCE;
      const read = await this.#ask<AboveFloor & BlockTable>(this.#statements.blocks[order], [
        ...[key, keptText(conversationId), place, asked, needleInJson(needle)],
      ]);
      const rows = rowsAboveFloor<BlockTable>(key, read, this.#onDamage);
      for (const row of rows) {
        place = row.first_seq;
        const block = this.#blockOf(key, row, needle);
        if (block !== undefined) found.push(block);
        if (found.length === limit) break;
      }
      if (rows.length < asked) break;
    }
    return found;
  }

  async runs(key: SessionKey, { before, limit }: RunQuery): Promise<RunState[]> {
    const found: RunState[] = [];
    let place = before === undefined ? LAST_ORD : (await this.#run(key, before))?.ord;
    while (place !== undefined && found.length < limit) {
      const asked = limit - found.length; // more, for what is damaged
      const rows = await this.#ask<RunTable>(this.#statements.runs, [key, place, asked]);
      found.push(...rows.flatMap((row) => this.#runOf(key, row) ?? []));
      place = rows.length < asked ? undefined : rows.at(-1)?.ord;
    }
    return found;
  }

  async run(key: SessionKey, runId: string): Promise<RunState | undefined> {
    const row = await this.#run(key, runId);
    return row && this.#runOf(key, row);
  }

  async #run(key: SessionKey, runId: string): Promise<RunTable | undefined> {
    return (await this.#ask<RunTable>(this.#statements.run, [key, keptText(runId)]))[0];
  }

  #blockOf(key: SessionKey, row: BlockTable, needle: string): BlockRow | undefined {
    if (!this.#isWhole('block', key, row, placeOfBlock(key, row))) return undefined;
    const block = JSON.parse(row.body) as Block;
    if (!blockSays(block, needle)) return undefined;
    return { conversationId: row.conversation, firstSeq: row.first_seq, lastSeq: row.last_seq, block };
  }

  #runOf(key: SessionKey, row: RunTable): RunState | undefined {
    if (!this.#isWhole('run', key, row, placeOfRun(key, row.run_id))) return undefined;
    return JSON.parse(row.body) as RunState;
  }

  #isWhole(table: string, key: SessionKey, row: Summed, place: readonly number[]): boolean {
    if (isWhole(row, place)) return true;
    this.#onDamage(table, key);
    return false;
  }

  #ask<Row extends object>(statement: { name: string; text: string }, values: unknown[]): Promise<Row[]> {
    return this.#pool.query<Row & Record<string, unknown>>({ ...statement, values });
  }
}
