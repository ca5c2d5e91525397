import type { Audience, Block, JsonObject, RunState } from '@perdure/protocol';
import { blockSays } from './block-says.ts';
import { foldText } from './fold-text.ts';
import type {
  Append,
  BlockQuery,
  BlockRow,
  Claim,
  CommandRecord,
  LogPage,
  LogRow,
  LogScan,
  NewRow,
  RecordColumns,
  RunQuery,
  SessionRecord,
  SnapshotRow,
} from './session-store.ts';

type Written = Pick<Append, 'rows' | 'blocks' | 'runs' | 'command' | 'snapshot' | 'floor'>;

interface KeptBlock extends Omit<BlockRow, 'block'> {
  readonly body: string;
}

/**
 * One session as the memory store keeps it. Blocks, runs and answers are kept as JSON text, as a database keeps them:
 * what a caller changes later in its own objects changes nothing here.
 */
export class MemorySession {
  #record: SessionRecord;
  #rows: LogRow[] = [];
  readonly #claims: Claim[] = [];
  #blocks: KeptBlock[] = [];
  readonly #runs = new Map<string, string>();
  readonly #commands = new Map<string, { readonly hash: string; readonly result: string }>();
  #snapshot: SnapshotRow | undefined;

  constructor(record: SessionRecord) {
    this.#record = structuredClone(record);
  }

  /** Never changed, only replaced. */
  get record(): SessionRecord {
    return this.#record;
  }

  get claims(): readonly Claim[] {
    return [...this.#claims];
  }

  get snapshot(): SnapshotRow | undefined {
    return this.#snapshot;
  }

  write(epoch: number, written: Written, patch: Partial<RecordColumns>): void {
    const { rows, blocks, runs, command, snapshot, floor } = written;
    const first = rows[0];
    if (first !== undefined && this.#claims.at(-1)?.epoch !== epoch) {
      this.#claims.push({ first: first.after + 1, epoch });
    }
    this.#rows.push(...rows.map((row) => ({ ...row, epoch })));
    this.#blocks = [...this.#blocks, ...blocks.map(keptBlock)].sort((a, b) => a.firstSeq - b.firstSeq);
    for (const run of runs) this.#runs.set(run.runId, JSON.stringify(run));
    if (command !== undefined) {
      const { hash, result } = command;
      this.#commands.set(commandKey(command), { hash, result: JSON.stringify(result) });
    }
    if (snapshot !== undefined && snapshot.through >= this.#record.floor) this.#snapshot = { ...snapshot };
    this.#record = {
      ...this.#record,
      ...structuredClone(patch),
      epoch,
      head: rows.at(-1)?.through ?? this.#record.head,
      logBytes: this.#record.logBytes + bytesOf(rows),
    };
    if (floor !== undefined && floor > this.#record.floor) this.#retain(floor);
  }

  compact(before: number): void {
    this.#takeOut((row) => row.type === 'block:delta' && row.through < before);
  }

  read(after: number, maxBytes: number): LogPage {
    const rows: LogRow[] = [];
    let bytes = 0;
    for (const row of this.#rows.slice(this.#indexAfter(after))) {
      rows.push(row);
      bytes += Buffer.byteLength(row.body ?? '');
      if (bytes >= maxBytes) break;
    }
    return { rows, head: this.#record.head, floor: this.#record.floor };
  }

  scan({ after, before = Number.POSITIVE_INFINITY, order, types, audience, maxRows }: LogScan): LogRow[] {
    const found = this.#rows
      .slice(this.#indexAfter(after))
      .filter((row) => row.after < before && isSought(row, audience, types));
    return (order === 'asc' ? found : found.reverse()).slice(0, maxRows);
  }

  command(principalId: string, commandId: string): CommandRecord | undefined {
    const found = this.#commands.get(commandKey({ principalId, commandId }));
    if (found === undefined) return undefined;
    return { principalId, commandId, hash: found.hash, result: JSON.parse(found.result) as JsonObject };
  }

  blocks({ conversationId, order, from, text, limit }: BlockQuery): BlockRow[] {
    const needle = foldText(text ?? '');
    const isAhead = (seq: number) => from === undefined || (order === 'asc' ? seq > from : seq < from);
    const found = this.#blocks
      .filter((block) => block.conversationId === conversationId && isAhead(block.firstSeq))
      .map(({ body, ...place }) => ({ ...place, block: JSON.parse(body) as Block }))
      .filter(({ block }) => blockSays(block, needle));
    return (order === 'asc' ? found : found.reverse()).slice(0, limit);
  }

  runs({ before, limit }: RunQuery): RunState[] {
    const newestFirst = [...this.#runs.keys()].reverse();
    const start = before === undefined ? 0 : newestFirst.indexOf(before) + 1;
    if (before !== undefined && start === 0) return [];
    return newestFirst.slice(start, start + limit).flatMap((runId) => this.run(runId) ?? []);
  }

  run(runId: string): RunState | undefined {
    const body = this.#runs.get(runId);
    return body === undefined ? undefined : (JSON.parse(body) as RunState);
  }

  #retain(floor: number): void {
    this.#takeOut((row) => row.through <= floor);
    this.#blocks = this.#blocks.filter(({ lastSeq }) => lastSeq > floor);
    this.#record = { ...this.#record, floor };
  }

  #takeOut(isOut: (row: LogRow) => boolean): void {
    const out = this.#rows.filter(isOut);
    this.#rows = this.#rows.filter((row) => !isOut(row));
    this.#record = { ...this.#record, logBytes: this.#record.logBytes - bytesOf(out) };
  }

  /** Index of the first row with `through > after`. */
  #indexAfter(after: number): number {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#rows[middle]?.through ?? Number.POSITIVE_INFINITY) > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function isSought(row: LogRow, audience: Audience, types: readonly string[] | undefined): boolean {
  return row.audience === audience && (types === undefined || types.includes(row.type));
}

const keptBlock = ({ block, ...place }: BlockRow): KeptBlock => ({ ...place, body: JSON.stringify(block) });

/** No principal id holds a zero character, so two pairs never make one key. */
const commandKey = (command: Pick<CommandRecord, 'principalId' | 'commandId'>) =>
  `${command.principalId}\0${command.commandId}`;

export function bytesOf(rows: readonly (NewRow | LogRow)[]): number {
  return rows.reduce((sum, { body }) => sum + Buffer.byteLength(body ?? ''), 0);
}
