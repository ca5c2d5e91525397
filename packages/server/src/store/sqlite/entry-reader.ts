// E1. A row is shown if its own columns and its session add up to its sum, however it was found.
// E2. The rows of a log join: each begins where the one before it ended, for what compaction takes out leaves its place. Where
//     they do not join, or end before the log does, there is a mark. It says no more than is known: it begins where the last
//     row ended, and ends where the next begins. Nobody knows what type it is of, or for whom.
// E3. The index by type only leads to rows faster. Where it leads wrong, the log itself is gone through. A row that it lost without
//     a trace a search by type does not find: who goes through the log does.
import type { LogPage, LogRow, LogScan, SessionKey } from '../session-store.ts';
import { placeOfEntry } from '../sql/row-places.ts';
import { DELTA_KIND } from '../sql/schema.ts';
import { isWhole } from '../sql/sum-of.ts';
import type { EntryTypes } from './entry-types.ts';
import type { ReadFaults } from './read-faults.ts';
import type { EntryRow, ReaderStatements } from './reader-statements.ts';
import { salvage } from './salvage.ts';

/** How far back from the end a damaged log is looked through at first, in seqs. */
const FIRST_SPAN = 1_024;

/** About what a mark is to a client: many of them are no small page. */
const MARK_BYTES = 200;

/** Rows from a place on, through the last that there can be. */
interface Stretch {
  readonly after: number;
  readonly last: number;
}

/** Reads a session's log. To be called in a transaction: what stands in several tables is of one moment. */
export class EntryReader {
  readonly #statements: ReaderStatements;
  readonly #types: EntryTypes;
  readonly #faults: ReadFaults;

  constructor(options: {
    readonly statements: ReaderStatements;
    readonly types: EntryTypes;
    readonly faults: ReadFaults;
  }) {
    this.#statements = options.statements;
    this.#types = options.types;
    this.#faults = options.faults;
  }

  read(key: SessionKey, after: number, maxBytes: number): LogPage {
    const ends = this.#endsOf(key);
    if (ends === undefined) return { rows: [], head: 0, floor: 0 };
    const { head, floor } = ends;
    const rows: LogRow[] = [];
    let bytes = 0;
    for (const row of this.#rows(key, { after: Math.max(after, floor), last: head })) {
      rows.push(row);
      bytes += row.body === null ? MARK_BYTES : Buffer.byteLength(row.body);
      if (bytes >= maxBytes) break;
    }
    return { rows, head, floor };
  }

  scan(key: SessionKey, scan: LogScan): LogRow[] {
    const kinds = scan.types && this.#types.kindsOf(scan.types);
    // Deltas are most of a log, and in no index.
    if (kinds === undefined || kinds.includes(DELTA_KIND)) return this.#scanLog(key, scan);
    const indexed = this.#faults.orElse(
      'entry',
      key,
      () => this.#scanIndex(key, scan, kinds),
      () => undefined,
    );
    return indexed ?? this.#scanLog(key, scan);
  }

  /** The end of the log, where the record says less than the log proves. */
  headOf(key: SessionKey, recorded: number): number {
    const { lastPlace, last } = this.#statements;
    return this.#faults.orElse(
      'entry',
      key,
      () => {
        if ((lastPlace.get(key) ?? 0) <= recorded) return recorded;
        this.#faults.tell('session', key);
        const row = last.get(key);
        return row !== undefined && isSound(key, row) ? row.through : recorded;
      },
      () => recorded,
    );
  }

  /** Of a removed session there is nothing, whatever rows are left. */
  #endsOf(key: SessionKey): Pick<LogPage, 'head' | 'floor'> | undefined {
    const recorded = this.#statements.ends.get(key);
    return recorded && { head: this.headOf(key, recorded.head), floor: recorded.floor };
  }

  /** E2. */
  *#rows(key: SessionKey, stretch: Stretch): Generator<LogRow> {
    let place = stretch.after;
    for (const row of this.#wholeRows(key, stretch)) {
      if (row.after > place) yield this.#lost(key, { after: place, through: row.after });
      if (row.body !== '') yield this.#toRow(row);
      place = row.through;
    }
    if (place < stretch.last) yield this.#lost(key, { after: place, through: stretch.last });
  }

  /** Rows that are whole, each behind the one before. */
  *#wholeRows(key: SessionKey, { after, last }: Stretch): Generator<EntryRow> {
    let place = after;
    const { read, indexed, one } = this.#statements;
    try {
      for (const entry of read.iterate(key, place)) {
        const row = isSound(key, entry) ? entry : this.#readAgain(key, entry);
        if (!isNext(row, entry.through, place)) continue;
        yield row;
        place = row.through;
      }
      if (place >= last) return;
      this.#faults.tell('entry', key); // the index ended before the log does
    } catch (error) {
      this.#faults.mustBeDamage('entry', key, error);
    }
    const source = {
      indexed: (from: number, limit: number) => indexed.entry.iterate({ key, from, limit }),
      row: (rowid: number) => one.entry.get(rowid),
      last,
      isDamage: this.#faults.isDamage,
    };
    for (const { place: indexedAt, row } of salvage(source, place)) {
      if (!isSound(key, row) || !isNext(row, indexedAt, place)) continue;
      yield row;
      place = row.through;
    }
  }

  /** What the index said of a row may be what is damaged. */
  #readAgain(key: SessionKey, { rowid }: EntryRow): EntryRow | undefined {
    this.#faults.tell('entry', key);
    const row = this.#faults.orElse(
      'entry',
      key,
      () => this.#statements.one.entry.get(rowid),
      () => undefined,
    );
    return row !== undefined && isSound(key, row) ? row : undefined;
  }

  /** Undefined: the index led to what it should not, or not in order. */
  #scanIndex(
    key: SessionKey,
    { after, before = Number.MAX_SAFE_INTEGER, order, audience, maxRows }: LogScan,
    kinds: readonly number[],
  ): LogRow[] | undefined {
    const statement = this.#statements.scanKind[order];
    const found: LogRow[] = [];
    // One walk a type; of what they find together, the first rows.
    for (const kind of kinds) {
      const most = found.length + maxRows;
      let place = order === 'asc' ? after : Number.MAX_SAFE_INTEGER;
      for (const entry of statement.iterate({ key, after, before, kind })) {
        const { through } = entry;
        if (!isSound(key, entry) || (order === 'asc' ? through <= place : through >= place)) {
          this.#faults.tell('entry', key);
          return undefined;
        }
        place = through;
        if (audienceOf(entry) === audience) found.push(this.#toRow(entry));
        if (found.length === most) break;
      }
    }
    found.sort((a, b) => (order === 'asc' ? a.through - b.through : b.through - a.through));
    return found.slice(0, maxRows);
  }

  #scanLog(key: SessionKey, { before, order, types, audience, maxRows, after }: LogScan): LogRow[] {
    const ends = this.#endsOf(key);
    if (ends === undefined) return [];
    const { head, floor } = ends;
    const begin = Math.max(after, floor);
    const rowsFrom = (from: number, limit: number) => {
      const rows: LogRow[] = [];
      for (const row of this.#rows(key, { after: from, last: head })) {
        if (rows.length === limit || (before !== undefined && row.after >= before)) break;
        const isWanted = row.audience === audience && (types === undefined || types.includes(row.type));
        if (row.body === null || isWanted) rows.push(row);
        if (order === 'desc' && rows.length > maxRows) rows.shift(); // each may have a megabyte
      }
      return rows;
    };
    if (order === 'asc') return rowsFrom(begin, maxRows);
    const end = Math.min(before ?? head, head);
    const walked = this.#faults.orElse(
      'entry',
      key,
      () => this.#walkBack(key, { before, types, audience, maxRows }, { after: begin, last: end }),
      () => undefined,
    );
    if (walked !== undefined) return walked;
    for (let span = FIRST_SPAN; ; span *= 4) {
      const from = Math.max(begin, end - span);
      const rows = rowsFrom(from, Number.POSITIVE_INFINITY);
      if (rows.length >= maxRows || from === begin) return rows.reverse();
    }
  }

  /** Rows from the end on, none of which is read for nothing. Undefined: they do not join, which only damage does (E2). */
  #walkBack(
    key: SessionKey,
    { before, types, audience, maxRows }: Pick<LogScan, 'before' | 'types' | 'audience' | 'maxRows'>,
    { after, last }: Stretch,
  ): LogRow[] | undefined {
    const rows: LogRow[] = [];
    if (last <= after) return rows;
    const [first] = this.#statements.indexed.entry.all({ key, from: last, limit: 1 });
    let place = first?.place ?? last;
    for (const entry of this.#statements.readBack.iterate(key, place)) {
      if (!isSound(key, entry) || entry.through !== place) return undefined;
      place = entry.after;
      if (entry.body !== '' && (before === undefined || entry.after < before)) {
        const row = this.#toRow(entry);
        if (row.audience === audience && (types === undefined || types.includes(row.type))) rows.push(row);
      }
      if (rows.length === maxRows || place <= after) return rows;
    }
    return undefined;
  }

  #toRow(entry: EntryRow): LogRow {
    const { after, through, epoch, kind, body } = entry;
    return { after, through, epoch, type: this.#types.nameOf(kind), audience: audienceOf(entry), body };
  }

  #lost(key: SessionKey, range: Pick<LogRow, 'after' | 'through'>): LogRow {
    this.#faults.tell('entry', key);
    return {
      ...range,
      epoch: this.#epochAt(key, range.through),
      type: 'unknown',
      audience: 'client',
      body: null,
    };
  }

  #epochAt(key: SessionKey, seq: number): number {
    const claims = this.#faults.orElse(
      'claim',
      key,
      () => this.#statements.claims.all({ key }),
      () => [],
    );
    return claims.findLast((claim) => claim.first <= seq)?.epoch ?? 0;
  }
}

function isSound(key: SessionKey, entry: EntryRow): boolean {
  return isWhole(entry, placeOfEntry(key, entry));
}

/** Whether a row stands behind `place`. Where an index has another place for it, one of the two is wrong: it has to join. */
function isNext(row: EntryRow | undefined, indexedAt: number, place: number): row is EntryRow {
  return row !== undefined && row.through > place && (row.through === indexedAt || row.after <= place);
}

function audienceOf({ audience }: EntryRow): LogRow['audience'] {
  return audience === 1 ? 'server' : 'client';
}
