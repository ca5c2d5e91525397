// E1. A row is shown if its own columns and its session add up to its sum, however it was found; else its range is marked.
// E2. A mark says no more than is known: it begins where the last row ended, and ends inside the log.
import type { Audience } from '@perdure/protocol';
import type { LogPage, LogRow, LogScan, SessionKey } from '../session-store.ts';
import { placeOfEntry } from '../sql/row-places.ts';
import { DELTA_KIND } from '../sql/schema.ts';
import { isWhole } from '../sql/sum-of.ts';
import type { EntryTypes } from './entry-types.ts';
import type { ReadFaults } from './read-faults.ts';
import type { EntryRow, ReaderStatements } from './reader-statements.ts';
import { salvage } from './salvage.ts';

/** How far back from the end a damaged log is looked through at first. */
const FIRST_SPAN = 1_024;

/** About what a mark is to a client: many of them are no small page. */
const MARK_BYTES = 200;

interface Stretch {
  readonly after: number;
  /** The last seq that a row may have. */
  readonly last: number;
}

/** Reads a session's log. */
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

  /** To be called in a transaction: rows and head of one moment. */
  read(key: SessionKey, after: number, maxBytes: number): LogPage {
    const recorded = this.#statements.ends.get(key);
    if (recorded === undefined) return { rows: [], head: 0, floor: 0 };
    const { floor } = recorded;
    const head = this.headOf(key, recorded.head);
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
    return this.#faults.orElse(
      'entry',
      key,
      () => this.#scanIndexes(key, scan),
      () => this.#scanSalvaged(key, scan),
    );
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

  *#rows(key: SessionKey, { after, last }: Stretch): Generator<LogRow> {
    let place = after;
    try {
      for (const entry of this.#statements.read.iterate(key, place)) {
        const row = this.#toRow(key, entry, { after: place, last }, place);
        if (row === undefined) continue;
        yield row;
        place = row.through;
      }
      return;
    } catch (error) {
      this.#faults.mustBeDamage('entry', key, error);
    }
    yield* this.#salvaged(key, { after: place, last });
  }

  *#salvaged(key: SessionKey, { after, last }: Stretch): Generator<LogRow> {
    const { indexed, one } = this.#statements;
    const source = {
      indexed: (from: number, limit: number) => indexed.entry.iterate({ key, from, limit }),
      row: (rowid: number) => one.entry.get(rowid),
      last,
      isDamage: this.#faults.isDamage,
    };
    let place = after;
    let isUnknown = false;
    for (const found of salvage(source, after)) {
      if (found.kind === 'unknown') {
        isUnknown = true;
        continue;
      }
      const entry = found.kind === 'row' ? found.row : undefined;
      const row =
        entry === undefined || !isSound(key, entry)
          ? this.#lost(key, { after: place, through: found.place })
          : this.#sound(entry);
      if (row.through <= place) continue;
      if (isUnknown && row.after > place) yield this.#lost(key, { after: place, through: row.after });
      isUnknown = false;
      yield row;
      place = row.through;
    }
    if (isUnknown && place < last) yield this.#lost(key, { after: place, through: last });
  }

  #scanIndexes(key: SessionKey, { after, before = Number.MAX_SAFE_INTEGER, ...scan }: LogScan): LogRow[] {
    const { order, types, audience, maxRows } = scan;
    const stretch = { key, after, before, limit: maxRows };
    const { scanAll, scanDeltas, scanKind } = this.#statements;
    if (types === undefined) return this.#walk(scanAll[order], { ...stretch, kind: 0 }, order, audience);
    // One walk through the index a type; of what they find together, the first rows.
    const found = this.#types
      .kindsOf(types)
      .flatMap((kind) =>
        this.#walk(
          (kind === DELTA_KIND ? scanDeltas : scanKind)[order],
          { ...stretch, kind },
          order,
          audience,
        ),
      );
    return inOrder(found, order).slice(0, maxRows);
  }

  /** Rows of the other audience are left out here and not in SQL: a damaged one may be of either, and is marked. */
  #walk(
    statement: ReaderStatements['scanAll']['asc'],
    stretch: {
      readonly key: number;
      readonly after: number;
      readonly before: number;
      readonly kind: number;
      readonly limit: number;
    },
    order: LogScan['order'],
    audience: Audience,
  ): LogRow[] {
    const { key, limit } = stretch;
    let { after, before } = stretch;
    const rows: LogRow[] = [];
    while (rows.length < limit) {
      const found = statement.all({ ...stretch, after, before });
      rows.push(...this.#toRows(key, found, order, audience));
      const last = found.at(-1);
      if (last === undefined || found.length < limit) break;
      const place = order === 'asc' ? last.through : last.after;
      if (!Number.isSafeInteger(place) || place <= after || place >= before) break; // damaged
      if (order === 'asc') after = place;
      else before = place;
    }
    return rows.slice(0, limit);
  }

  #scanSalvaged(key: SessionKey, { before, order, types, audience, maxRows, ...scan }: LogScan): LogRow[] {
    const recorded = this.#statements.ends.get(key) ?? { head: 0, floor: 0 };
    const head = this.headOf(key, recorded.head);
    const after = Math.max(scan.after, recorded.floor);
    const last = Math.min(before === undefined ? head : before, head);
    const isWanted = (row: LogRow) =>
      row.body === null || (row.audience === audience && (types === undefined || types.includes(row.type)));
    if (order === 'asc') return take(this.#salvaged(key, { after, last }), isWanted, maxRows);
    for (let span = FIRST_SPAN; ; span *= 4) {
      const from = Math.max(after, last - span);
      const rows = take(this.#salvaged(key, { after: from, last }), isWanted, Number.POSITIVE_INFINITY);
      if (rows.length >= maxRows || from === after) return rows.slice(-maxRows).reverse();
    }
  }

  #toRows(
    key: SessionKey,
    entries: readonly EntryRow[],
    order: 'asc' | 'desc',
    audience: Audience,
  ): LogRow[] {
    const rows = entries.flatMap((entry) => {
      const row = this.#toRow(key, entry, { after: 0, last: Number.MAX_SAFE_INTEGER }, entry.through - 1);
      return row === undefined || (row.body !== null && row.audience !== audience) ? [] : [row];
    });
    return inOrder(rows, order);
  }

  /** `undefined`: where it belongs cannot be told. */
  #toRow(
    key: SessionKey,
    entry: EntryRow,
    { after, last }: Stretch,
    otherwiseAfter: number,
  ): LogRow | undefined {
    if (isSound(key, entry)) return entry.through > after ? this.#sound(entry) : undefined;
    // What the index said of it may be what is damaged.
    const own = this.#faults.orElse(
      'entry',
      key,
      () => this.#statements.one.entry.get(entry.rowid),
      () => undefined,
    );
    if (own !== undefined && isSound(key, own)) {
      this.#faults.tell('entry', key);
      return own.through > after ? this.#sound(own) : undefined;
    }
    const { through } = entry;
    if (!Number.isSafeInteger(through) || through <= after || through > last) {
      this.#faults.tell('entry', key);
      return undefined;
    }
    const isInRange = Number.isSafeInteger(entry.after) && entry.after >= after && entry.after < through;
    return this.#lost(key, { after: isInRange ? entry.after : otherwiseAfter, through }, entry.kind);
  }

  #sound({ after, through, epoch, kind, audience, body }: EntryRow): LogRow {
    const type = this.#types.nameOf(kind);
    return { after, through, epoch, type, audience: audience === 1 ? 'server' : 'client', body };
  }

  /** E2. Whether it was for clients is not known: the mark is. */
  #lost(key: SessionKey, range: Pick<LogRow, 'after' | 'through'>, kind?: number): LogRow {
    this.#faults.tell('entry', key);
    const type = kind === undefined ? 'unknown' : this.#types.nameOf(kind);
    return { ...range, epoch: this.#epochAt(key, range.through), type, audience: 'client', body: null };
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

function take(rows: Iterable<LogRow>, isWanted: (row: LogRow) => boolean, limit: number): LogRow[] {
  const taken: LogRow[] = [];
  for (const row of rows) {
    if (isWanted(row)) taken.push(row);
    if (taken.length >= limit) break;
  }
  return taken;
}

function inOrder(rows: LogRow[], order: LogScan['order']): LogRow[] {
  return rows.sort((a, b) => (order === 'asc' ? a.through - b.through : b.through - a.through));
}
