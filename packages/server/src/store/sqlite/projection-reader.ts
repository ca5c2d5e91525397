// Projections are made from the log: one that is damaged is left out, and what it told is still in the log.
import type { Block, JsonObject, RunState } from '@perdure/protocol';
import { blockSays } from '../block-says.ts';
import { foldText } from '../fold-text.ts';
import type {
  BlockQuery,
  BlockRow,
  Claim,
  CommandRecord,
  RunQuery,
  SessionKey,
  SnapshotRow,
} from '../session-store.ts';
import { jsonOr } from '../sql/json-or.ts';
import { needleInJson } from '../sql/needle-in-json.ts';
import { placeOfBlock, placeOfRun, placeOfSnapshot } from '../sql/row-places.ts';
import type { RunTable } from '../sql/schema.ts';
import { isWhole } from '../sql/sum-of.ts';
import type { ReadFaults } from './read-faults.ts';
import type { BlockRecord, ReaderStatements } from './reader-statements.ts';
import { type IndexedRow, salvage } from './salvage.ts';

/** Blocks that a search takes from the table at once. */
const SEARCHED_AT_ONCE = 200;

type Summed = { readonly body: unknown; readonly sum: unknown };

/** Reads what a session's log was made into. */
export class ProjectionReader {
  readonly #statements: ReaderStatements;
  readonly #faults: ReadFaults;

  constructor({
    statements,
    faults,
  }: { readonly statements: ReaderStatements; readonly faults: ReadFaults }) {
    this.#statements = statements;
    this.#faults = faults;
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
    const row = this.#faults.orElse(
      'snapshot',
      key,
      () => this.#statements.snapshot.get({ key }) ?? this.#noSnapshot(key),
      () => undefined,
    );
    if (row === undefined || !this.#isWhole('snapshot', key, row, placeOfSnapshot(key, row)))
      return undefined;
    const { through, state_version: stateVersion, body } = row;
    return { through, stateVersion, body };
  }

  blocks(key: SessionKey, query: BlockQuery): BlockRow[] {
    return this.#faults.orElse(
      'block',
      key,
      () => this.#blocks(key, query),
      () => this.#salvagedBlocks(key, query),
    );
  }

  runs(key: SessionKey, query: RunQuery): RunState[] {
    return this.#faults.orElse(
      'run',
      key,
      () => this.#runs(key, query),
      () => this.#salvagedRuns(key, query),
    );
  }

  run(key: SessionKey, runId: string): RunState | undefined {
    const row = this.#statements.run.get({ key, runId });
    return row !== undefined && this.#isWholeRun(key, row) ? (JSON.parse(row.body) as RunState) : undefined;
  }

  /** Of a log that is whole nothing is lost with it: the table can be damaged, and the state is there. */
  #noSnapshot(key: SessionKey): undefined {
    if ((this.#statements.floorWithoutBase.get({ key }) ?? 0) > 0) this.#faults.tell('snapshot', key);
  }

  #blocks(key: SessionKey, { conversationId, order, from, text = '', limit }: BlockQuery): BlockRow[] {
    const found: BlockRow[] = [];
    const needle = foldText(text);
    let place = from ?? (order === 'asc' ? -1 : Number.MAX_SAFE_INTEGER);
    while (found.length < limit) {
      const asked = needle === '' ? limit - found.length : SEARCHED_AT_ONCE;
      const rows = this.#statements.blocks[order].all({
        ...{ key, conversation: conversationId, from: place, limit: asked, needle: needleInJson(needle) },
      });
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

  #salvagedBlocks(key: SessionKey, query: BlockQuery): BlockRow[] {
    const { conversationId: conversation, order, from, text = '', limit } = query;
    const { indexed, one } = this.#statements;
    const needle = foldText(text);
    const floor = this.#statements.ends.get(key)?.floor ?? 0;
    const rows = this.#salvaged(
      (first, asked) => indexed.block.iterate({ key, conversation, from: first, limit: asked }),
      (rowid) => one.block.get(rowid),
    );
    const blocks = rows.flatMap((row) => {
      const isKept = row.conversation === conversation && row.last_seq > floor;
      const block = isKept ? this.#blockOf(key, row, needle) : undefined;
      if (block === undefined) return [];
      const isAsked = from === undefined || (order === 'asc' ? block.firstSeq > from : block.firstSeq < from);
      return isAsked ? [block] : [];
    });
    return (order === 'asc' ? blocks : blocks.reverse()).slice(0, limit);
  }

  #runs(key: SessionKey, { before, limit }: RunQuery): RunState[] {
    const { runs, run } = this.#statements;
    const found: RunState[] = [];
    let place = before === undefined ? Number.MAX_SAFE_INTEGER : run.get({ key, runId: before })?.ord;
    while (place !== undefined && found.length < limit) {
      const asked = limit - found.length; // more, for what is damaged
      const rows = runs.all({ key, ord: place, limit: asked });
      const whole = rows.filter((row) => this.#isWholeRun(key, row));
      found.push(...whole.map(({ body }) => JSON.parse(body) as RunState));
      place = rows.length < asked ? undefined : rows.at(-1)?.ord;
    }
    return found;
  }

  #salvagedRuns(key: SessionKey, { before, limit }: RunQuery): RunState[] {
    const { indexed, one } = this.#statements;
    const rows = this.#salvaged(
      (first, asked) => indexed.run.iterate({ key, from: first, limit: asked }),
      (rowid) => one.run.get(rowid),
    );
    const whole = rows.filter((row) => this.#isWholeRun(key, row));
    const runs = whole.map(({ body }) => JSON.parse(body) as RunState).reverse();
    const from = before === undefined ? 0 : runs.findIndex(({ runId }) => runId === before) + 1;
    return before !== undefined && from === 0 ? [] : runs.slice(from, from + limit);
  }

  #salvaged<R>(
    indexed: (from: number, limit: number) => Iterable<IndexedRow>,
    row: (rowid: number) => R | undefined,
  ): R[] {
    const source = { indexed, row, last: Number.MAX_SAFE_INTEGER, isDamage: this.#faults.isDamage };
    return [...salvage(source, -1)].map((found) => found.row);
  }

  #blockOf(key: SessionKey, row: BlockRecord, needle: string): BlockRow | undefined {
    if (!this.#isWhole('block', key, row, placeOfBlock(key, row))) return undefined;
    const block = JSON.parse(row.body) as Block;
    if (!blockSays(block, needle)) return undefined;
    return { conversationId: row.conversation, firstSeq: row.first_seq, lastSeq: row.last_seq, block };
  }

  #isWholeRun(key: SessionKey, row: RunTable): boolean {
    return this.#isWhole('run', key, row, placeOfRun(key, row.run_id));
  }

  #isWhole(table: string, key: SessionKey, row: Summed, place: readonly number[]): boolean {
    if (isWhole(row, place)) return true;
    this.#faults.tell(table, key);
    return false;
  }
}
