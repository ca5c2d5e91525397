// R1. A row is shown if its own columns and its session add up to its sum; else its range is marked, and says no more than is
//     known: whether it was for clients is not, so the mark is.
import { isPerdureError } from '@perdure/protocol';
import type { Claim, LogPage, LogRow, LogScan, SessionKey } from '../session-store.ts';
import { placeOfEntry } from '../sql/row-places.ts';
import { DELTA_KIND, type EntryTable } from '../sql/schema.ts';
import { isWhole } from '../sql/sum-of.ts';
import type { ReadPool } from './read-pool.ts';
import type { ReaderStatements } from './reader-statements.ts';
import { type AboveFloor, rowsAboveFloor, soundFloor } from './rows-above-floor.ts';

/** Told of each damaged row that was met. */
export type OnDamage = (table: string, key: SessionKey) => void;

export interface TableReaderOptions {
  readonly pool: ReadPool;
  readonly statements: ReaderStatements;
  readonly onDamage: OnDamage;
}

/** Rows that a page takes from the table at once. */
const AT_ONCE = 200;

type EntryRow = Omit<EntryTable, 'session'>;

/** Where a row may be, and where it begins if it does not say so itself. */
interface Stretch {
  readonly after: number;
  readonly last: number;
  readonly otherwiseAfter: number;
}

/** What an order of rows needs to be told once. */
interface Walk extends Pick<LogScan, 'after' | 'order'> {
  readonly before: number;
  /** None: rows of every type. */
  readonly kinds: readonly number[] | undefined;
  readonly limit: number;
}

/** Reads the logs of sessions. */
export class LogReader {
  readonly #pool: ReadPool;
  readonly #statements: ReaderStatements;
  readonly #onDamage: OnDamage;
  #types = new Map<number, string>();

  constructor({ pool, statements, onDamage }: TableReaderOptions) {
    this.#pool = pool;
    this.#statements = statements;
    this.#onDamage = onDamage;
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
    const { read } = this.#statements;
    const rows: LogRow[] = [];
    let [bytes, place] = [0, after];
    let floor: number | undefined;
    for (;;) {
      const values = [key, place, Math.max(0, maxBytes - bytes), AT_ONCE];
      const found = await this.#pool.query<{ head: number } & AboveFloor & EntryRow>({ ...read, values });
      const head = found[0]?.head ?? 0;
      const floorNow = soundFloor(key, found, this.#onDamage);
      floor ??= floorNow;
      // The floor rose past the rows that are due: they are left to the next page, which tells.
      const isOvertaken = rows.length > 0 && floorNow > place;
      if (isOvertaken || found[0] === undefined || found[0].through === null) return { rows, head, floor };
      place = Math.max(place, floorNow);
      for (const entry of found) {
        const row = await this.#toRow(key, entry, { after: place, last: head, otherwiseAfter: place });
        place = Math.max(place, row?.through ?? entry.through);
        if (row === undefined) continue;
        rows.push(row);
        bytes += Buffer.byteLength(row.body ?? '');
        if (bytes >= maxBytes) return { rows, head, floor };
      }
    }
  }

  /** Rows of the other audience are left out here and not in SQL: a damaged one may be of either, and is marked. */
  async scan(key: SessionKey, scan: LogScan): Promise<LogRow[]> {
    const { order, types, audience, maxRows } = scan;
    const kinds = types && (await this.#kindsOf(types));
    let { after, before = Number.MAX_SAFE_INTEGER } = scan;
    const rows: LogRow[] = [];
    while (rows.length < maxRows) {
      const found = await this.#entries(key, { after, before, order, kinds, limit: maxRows });
      for (const entry of found) {
        const whole = { after: 0, last: Number.MAX_SAFE_INTEGER, otherwiseAfter: entry.through - 1 };
        const row = await this.#toRow(key, entry, whole);
        if (row !== undefined && (row.body === null || row.audience === audience)) rows.push(row);
      }
      const last = found.at(-1);
      if (last === undefined || found.length < maxRows) break;
      if (order === 'asc') after = last.through;
      else before = Math.min(last.after, last.through - 1); // of a damaged row the one or the other may be wrong
    }
    return rows.slice(0, maxRows);
  }

  claims(key: SessionKey): Promise<Claim[]> {
    return this.#pool.query<Claim & Record<string, unknown>>({ ...this.#statements.claims, values: [key] });
  }

  /** One walk through the index for all types but deltas, and one through the log for those. */
  async #entries(key: SessionKey, { after, before, order, kinds, limit }: Walk): Promise<EntryRow[]> {
    const { scanAll, scanDeltas, scanKinds } = this.#statements;
    const values = [key, after, before, limit];
    const ask = async (statement: { name: string; text: string }, more: readonly unknown[] = []) => {
      const asked = { ...statement, values: [...values, ...more] };
      const rows = await this.#pool.query<AboveFloor & EntryRow & Record<string, unknown>>(asked);
      return rowsAboveFloor<EntryRow>(key, rows, this.#onDamage);
    };
    if (kinds === undefined) return ask(scanAll[order]);
    const others = kinds.filter((kind) => kind !== DELTA_KIND);
    const found = [
      ...(others.length < kinds.length ? await ask(scanDeltas[order]) : []),
      ...(others.length > 0 ? await ask(scanKinds[order], [others]) : []),
    ];
    const inOrder = found.sort((a, b) => (order === 'asc' ? a.through - b.through : b.through - a.through));
    return inOrder.slice(0, limit);
  }

  /** `undefined`: where it belongs cannot be told. */
  async #toRow(key: SessionKey, entry: EntryRow, stretch: Stretch): Promise<LogRow | undefined> {
    const { after, through, epoch, kind, audience, body } = entry;
    const type = await this.#typeOf(kind);
    if (isWhole(entry, placeOfEntry(key, entry))) {
      return { after, through, epoch, type, audience: audience === 1 ? 'server' : 'client', body };
    }
    this.#onDamage('entry', key);
    if (through <= stretch.after || through > stretch.last) return undefined;
    const isInRange = after >= stretch.after && after < through;
    return {
      ...{ after: isInRange ? after : stretch.otherwiseAfter, through, type },
      ...{ epoch: await this.#epochAt(key, through), audience: 'client', body: null },
    };
  }

  async #epochAt(key: SessionKey, seq: number): Promise<number> {
    return (await this.claims(key)).findLast(({ first }) => first <= seq)?.epoch ?? 0;
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
    const rows = await this.#pool.query<{ kind: number; name: string }>(this.#statements.kinds);
    this.#types = new Map(rows.map(({ kind, name }) => [kind, name]));
  }
}
