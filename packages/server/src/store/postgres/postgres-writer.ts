// V1. A group is written in its order. Of a statement that PostgreSQL rolled back because one of its writes was at fault, each
//     write is tried again by itself: the one at fault fails alone.
// V2. Whatever else goes wrong leaves the outcome unknown, and the connection is used for nothing more.
// V3. A claim is on the disk whatever the durability: an epoch that a client has seen is never given again.
import { randomBytes } from 'node:crypto';
import type { Durability } from '@perdure/protocol';
import { type FloorColumns, floorStruck, hasSoundFloor } from '../sql/floor-sum.ts';
import { jsonOr } from '../sql/json-or.ts';
import type { SessionColumns } from '../sql/schema.ts';
import { SLICE_EXAMINED, SLICE_ROWS } from '../sql/slice-size.ts';
import type { GroupWriter } from '../sql/write-lane.ts';
import type {
  AppendWrite,
  CreateWrite,
  SliceWrite,
  UnfinishedWrite,
  Write,
  WriteOutcome,
} from '../sql/write.ts';
import { busySchema } from './busy-schema.ts';
import { isDamaged, isOwnFault, isPassing } from './database-error.ts';
import { EventKinds } from './event-kinds.ts';
import { givenRow } from './given-row.ts';
import { type Segment, segmentsOf } from './group-segments.ts';
import { givenText, keptText } from './kept-text.ts';
import { type Counters, logParameters, type NumberedWrite, numbered } from './log-parameters.ts';
import { logStatement, type WriteRow } from './log-statement.ts';
import type { Backend, OwnerConnection } from './owner-connection.ts';
import { syncedLevel } from './server-facts.ts';
import { type CompactRow, sliceStatements } from './slice-statements.ts';

export interface PostgresWriterOptions {
  /** Takes the schema for this process, made or migrated. `before` is its last connection. */
  readonly connect: (before: Backend | undefined) => Promise<OwnerConnection>;
  /** As it stands in a statement. */
  readonly schema: string;
  readonly durability: Exclude<Durability, 'memory'>;
  /** Bytes that one session's log may have. */
  readonly sessionLogBytes: () => number;
}

/** As much as the largest group: a disk that takes less would fail again at once. */
const PROBE_BYTES = 256 * 1_024;
/** Tries of a write that others keep from being written. More often than this something is wrong. */
const TRIES = 5;

/** What writes, over the one connection that may. */
export class PostgresWriter implements GroupWriter {
  readonly #options: PostgresWriterOptions;
  readonly #slices: ReturnType<typeof sliceStatements>;
  readonly #logStatement: string;
  readonly #kinds: EventKinds;
  #owner: OwnerConnection | undefined;
  #counters: Counters = { epoch: 0, session: 0 };

  constructor(options: PostgresWriterOptions) {
    this.#options = options;
    this.#slices = sliceStatements(options.schema);
    this.#logStatement = logStatement(options.schema);
    this.#kinds = new EventKinds({ schema: options.schema, ask: (text, values) => this.#ask(text, values) });
  }

  open(): Promise<readonly UnfinishedWrite[]> {
    return this.#connect();
  }

  async reopen(): Promise<readonly UnfinishedWrite[]> {
    await this.#owner?.close();
    const unfinished = await this.#connect();
    await this.#probe();
    return unfinished;
  }

  async write(group: readonly Write[]): Promise<readonly WriteOutcome[]> {
    const outcomes: WriteOutcome[] = [];
    for (const segment of segmentsOf(group)) outcomes.push(...(await this.#writeSegment(segment)));
    return outcomes;
  }

  async close(): Promise<void> {
    const owner = this.#owner;
    this.#owner = undefined;
    await owner?.close();
  }

  async #connect(): Promise<readonly UnfinishedWrite[]> {
    this.#owner = await this.#options.connect(this.#owner?.backend);
    await this.#readCounters();
    await this.#kinds.read();
    const removed = await this.#ask<{ id: number }>(this.#slices.removed);
    const unswept = await this.#ask<{ id: number }>(this.#slices.unswept);
    return [
      ...removed.map(({ id }) => ({ kind: 'purge', key: id }) as const),
      ...unswept.map(({ id }) => ({ kind: 'sweep', key: id }) as const),
    ];
  }

  async #writeSegment(segment: Segment): Promise<WriteOutcome[]> {
    if (segment.kind === 'log') return this.#writeLog(segment.writes);
    try {
      return [await this.#writeSlice(segment.write)];
    } catch (error) {
      return [failureOf(error)];
    }
  }

  async #writeSlice(write: SliceWrite): Promise<WriteOutcome> {
    switch (write.kind) {
      case 'remove':
        await this.#ask(this.#slices.remove, [write.key]);
        return { kind: 'done' };
      case 'purge':
        return this.#purge(write.key);
      case 'sweep':
        return this.#sweep(write.key);
      case 'compact':
        return this.#compact(write.key, write.after, write.before);
    }
  }

  /** V1 */
  async #writeLog(writes: readonly (AppendWrite | CreateWrite)[]): Promise<WriteOutcome[]> {
    try {
      return await this.#tryLog(writes);
    } catch (error) {
      if (writes.length === 1) return [failureOf(error)];
      if (!isOwnFault(error) && !isDamaged(error) && !isPassing(error)) throw error;
    }
    const outcomes: WriteOutcome[] = [];
    for (const write of writes) outcomes.push(...(await this.#writeLog([write])));
    return outcomes;
  }

  async #tryLog(writes: readonly (AppendWrite | CreateWrite)[]): Promise<WriteOutcome[]> {
    const outcomes = new Map<AppendWrite | CreateWrite, WriteOutcome>();
    let left = writes;
    for (let tries = 0; left.length > 0; tries += 1) {
      if (tries === TRIES) throw busySchema();
      if (tries > 0) await this.#readCounters();
      for (const [write, outcome] of await this.#runLog(left)) outcomes.set(write, outcome);
      left = left.filter((write) => !outcomes.has(write));
    }
    return writes.map((write) => outcomes.get(write) ?? missing);
  }

  /** Writes what passes its fence. What has no outcome was kept out by something that is over by now. */
  async #runLog(writes: readonly (AppendWrite | CreateWrite)[]) {
    await this.#kinds.make(new Set(writes.flatMap(({ entries }) => entries.map(({ type }) => type))));
    const seen = this.#counters;
    const { writes: given, next } = numbered(writes, seen);
    const { durability } = this.#options;
    const isSynced = durability === 'disk' || next.epoch > seen.epoch; // V3
    const level = isSynced ? syncedLevel(this.#running.facts) : 'off';
    const sessionLogBytes = this.#options.sessionLogBytes();
    const kindOf = (type: string) => this.#kinds.of(type);
    const parameters = { writes: given, seen, next, level, sessionLogBytes, kindOf };
    const rows = await this.#running.query<WriteRow>({
      name: 'perdure_log',
      text: this.#logStatement,
      values: logParameters(parameters),
    });
    if (rows.every(({ isCounted }) => isCounted)) this.#counters = next;
    const outcomes: [AppendWrite | CreateWrite, WriteOutcome][] = [];
    for (const row of rows) {
      const write = given[row.n];
      const outcome = write && (await this.#outcomeOf(write, row));
      if (write !== undefined && outcome !== undefined) outcomes.push([write.write, outcome]);
    }
    return outcomes;
  }

  async #outcomeOf(numberedWrite: NumberedWrite, row: WriteRow): Promise<WriteOutcome | undefined> {
    const { write, key, epoch } = numberedWrite;
    if (write.kind === 'append') {
      return row.isWritten
        ? { kind: 'committed', epoch }
        : whyNot(write, row, this.#options.sessionLogBytes());
    }
    if (row.isWritten) {
      const head = write.entries.at(-1)?.through ?? 0;
      const given = {
        id: key,
        epoch,
        head,
        log_bytes: write.bytes,
        floor: 0,
        floor_sum: 0,
        unswept: 0,
      } as const;
      return { kind: 'created', row: { ...write.columns, ...given } };
    }
    const { tenant, public_id } = write.columns;
    const holder = await this.#find(tenant, public_id ?? '');
    if (holder === undefined) return undefined;
    return hasSoundFloor(holder) ? { kind: 'exists', row: holder } : floorStruck;
  }

  async #purge(key: number): Promise<WriteOutcome> {
    const [purged] = await this.#ask<{ rows: number }>(this.#slices.purge, [key]);
    if ((purged?.rows ?? 0) > 0) return { kind: 'done', next: 0 };
    await this.#ask(this.#slices.forget, [key]);
    return { kind: 'done' };
  }

  async #sweep(key: number): Promise<WriteOutcome> {
    const [row] = await this.#ask<FloorColumns>(this.#slices.floor, [key]);
    if (row === undefined) return { kind: 'done' };
    if (!hasSoundFloor(row)) return floorStruck; // nothing is taken out that nobody said should go
    const [swept] = await this.#ask<{ rows: number }>(this.#slices.sweep, [key, row.floor]);
    return { kind: 'done', next: (swept?.rows ?? 0) > 0 ? 0 : undefined };
  }

  async #compact(key: number, after: number, before: number): Promise<WriteOutcome> {
    const bound = Math.min(before, Number.MAX_SAFE_INTEGER);
    const [slice] = await this.#ask<CompactRow>(this.#slices.compact, [key, after, bound]);
    const { examined = 0, dropped = 0, place = null } = slice ?? {};
    const isOver = place === null || (examined < SLICE_EXAMINED && dropped < SLICE_ROWS);
    return { kind: 'done', next: isOver ? undefined : place };
  }

  /** Proves that the disk takes a whole group, and raises the counter of epochs past whatever was lost. */
  async #probe(): Promise<void> {
    const { schema } = this.#options;
    // Of a kind that cannot be pressed together, or the disk would have to take next to nothing.
    const body = randomBytes(PROBE_BYTES).toString('base64').slice(0, PROBE_BYTES);
    await this.#ask(
      `WITH raised AS (UPDATE ${schema}.counter SET value = value + 1 WHERE name = 'epoch')
       INSERT INTO ${schema}.probe (body) SELECT $1 FROM set_config('synchronous_commit', $2, true)`,
      [body, syncedLevel(this.#running.facts)],
    );
    await this.#ask(`DELETE FROM ${schema}.probe`);
    await this.#readCounters();
  }

  async #find(tenant: string, publicId: string): Promise<SessionColumns | undefined> {
    const rows = await this.#ask<SessionColumns>(
      `SELECT * FROM ${this.#options.schema}.session WHERE tenant = $1 AND public_id = $2`,
      [keptText(tenant), keptText(publicId)],
    );
    return rows.map(givenRow)[0];
  }

  async #readCounters(): Promise<void> {
    const rows = await this.#ask<{ name: keyof Counters; value: number }>(
      `SELECT name, value FROM ${this.#options.schema}.counter`,
    );
    const counters = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    this.#counters = { epoch: counters['epoch'] ?? 0, session: counters['session'] ?? 0 };
  }

  #ask<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.#running.query<Row & Record<string, unknown>>({ text, values });
  }

  get #running(): OwnerConnection {
    if (this.#owner !== undefined) return this.#owner;
    throw new Error('The database was never open.');
  }
}

/** How a write ended that PostgreSQL rolled back for what it is, or for what it touched. Rethrows what is anything else. */
function failureOf(error: unknown): WriteOutcome {
  const isDamage = isDamaged(error);
  if (!isDamage && !isOwnFault(error)) throw error;
  return { kind: 'failed', message: error.message, isDamage };
}

const missing: WriteOutcome = { kind: 'failed', message: 'The statement said nothing of this write.' };

/** Says why the fence let nothing through; `undefined`: by what is there now it would. */
function whyNot(write: AppendWrite, row: WriteRow, max: number): WriteOutcome | undefined {
  const { epoch, head, logBytes, hash, result } = row;
  if (epoch === null || head === null || logBytes === null) return { kind: 'deleted' };
  if (hash !== null && result !== null) {
    return { kind: 'duplicate', hash: givenText(hash), result: jsonOr(givenText(result), {}) };
  }
  if (epoch !== write.epoch) return { kind: 'fenced' };
  if (head !== write.after) return { kind: 'conflict' };
  if (!write.essential && logBytes + write.bytes > max) return { kind: 'refused', max, current: logBytes };
  return undefined;
}
