import { type Audience, emptySessionState, formatCursor, type Place, PerdureError } from '@perdure/protocol';
import type { Advance } from '../hub/client-hub.ts';
import { corruptMarker } from '../hub/splice-frame.ts';
import type { FollowSource, Located, PlacedState } from '../hub/follow-source.ts';
import { joinEvents, splitEvents } from '../session/row-body.ts';
import type { LogPage, LogRow, SessionKey } from '../store/session-store.ts';

export interface ArrayLogOptions {
  /** Answers reads without a promise. */
  readonly isSynchronous?: boolean | undefined;
  /** Awaited before a read looks at the rows, so that a test decides what is written meanwhile. */
  readonly beforeRead?: (() => Promise<void>) | undefined;
  /** Awaited after it has looked, before it answers. */
  readonly afterRead?: (() => Promise<void>) | undefined;
}

export interface RowDraft {
  readonly type?: string | undefined;
  readonly audience?: Audience | undefined;
  /** Events in the row; more than one only of deltas. */
  readonly events?: number | undefined;
  /** Characters in each event's payload. */
  readonly length?: number | undefined;
}

/** The log of one session in an array, with the ways of a store: kept rows, dense delta rows, claims, compaction, damage. */
export class ArrayLog implements FollowSource {
  readonly session: SessionKey;
  readonly reads: { after: number; rows: number }[] = [];
  readonly #options: ArrayLogOptions;
  #rows: LogRow[] = [];
  #claims: { first: number; epoch: number }[] = [];
  #head = 0;
  #epoch = 1_048_576;
  /** Places before it are retained away. */
  #retained = 0;

  constructor(session: SessionKey = 1, options: ArrayLogOptions = {}) {
    this.session = session;
    this.#options = options;
  }

  get rows(): readonly LogRow[] {
    return this.#rows;
  }

  get tip(): string {
    return formatCursor({ epoch: this.#head === 0 ? 0 : this.#epoch, seq: this.#head });
  }

  /** Another owner takes the session: what follows is written under a new epoch. */
  claim(): void {
    this.#epoch += 1_048_576;
  }

  append(...drafts: RowDraft[]): Advance {
    if (this.#claims.at(-1)?.epoch !== this.#epoch) {
      this.#claims.push({ first: this.#head + 1, epoch: this.#epoch });
    }
    const rows = drafts.map((draft) => this.#row(draft));
    this.#rows.push(...rows);
    return { epoch: this.#epoch, head: this.#head, rows };
  }

  /** Takes out rows of deltas that end before a place. */
  compact(before: number): void {
    this.#rows = this.#rows.filter(({ type, through }) => type !== 'block:delta' || through >= before);
  }

  damage(seq: number): void {
    this.#rows = this.#rows.map((row) =>
      row.after < seq && seq <= row.through ? { ...row, body: null } : row,
    );
  }

  retain(from: number): void {
    this.#retained = from;
    this.#rows = this.#rows.filter(({ after }) => after >= from);
  }

  /** What a client of a place is to be shown of the log as it is now, as event texts. */
  expected(after: number, types?: ReadonlySet<string>): string[] {
    return this.#rows.flatMap((row) => {
      if (row.audience === 'server' || (types !== undefined && !types.has(row.type))) return [];
      if (row.body === null) return row.through > after ? [corruptMarker(row)] : [];
      return splitEvents(row.body).filter((_text, index) => row.after + index + 1 > after);
    });
  }

  read(_session: SessionKey, after: number, maxBytes: number): LogPage | Promise<LogPage> {
    return this.#options.isSynchronous ? this.#page(after, maxBytes) : this.#readLater(after, maxBytes);
  }

  async head(): Promise<Place> {
    if (this.#head === 0) throw new PerdureError('session-not-found', 'The log is empty.');
    return { epoch: this.#epochOf(this.#head), seq: this.#head };
  }

  async epochAt(_session: SessionKey, seq: number): Promise<number> {
    return this.#epochOf(seq);
  }

  async locate(_session: SessionKey, { epoch, seq }: Place): Promise<Located> {
    if (seq < this.#retained) return { kind: 'lost', reason: 'retention' };
    if (seq === 0 && epoch === 0) return { kind: 'valid', seq };
    if (seq > this.#head) {
      const isKnown = this.#claims.some((claim) => claim.epoch === epoch);
      return { kind: 'lost', reason: isKnown ? 'ahead' : 'epoch' };
    }
    return this.#epochOf(seq) === epoch ? { kind: 'valid', seq } : { kind: 'lost', reason: 'epoch' };
  }

  async snapshot(): Promise<PlacedState> {
    const place = await this.head();
    const json = JSON.stringify({ ...emptySessionState('session'), title: `at ${place.seq}` });
    return { ...place, json };
  }

  #row({ type = 'log', audience = 'client', events = 1, length = 20 }: RowDraft): LogRow {
    const after = this.#head;
    const through = after + events;
    const texts = Array.from({ length: events }, (_none, index) => {
      const seq = after + 1 + index;
      const at = new Date(1_700_000_000_000 + seq).toISOString();
      const mark = audience === 'server' ? 'secret' : 'x';
      const payload = { blockId: 'b', delta: mark.repeat(length) };
      return JSON.stringify({ seq, at, type, payload, actor: { principalId: 'ann' }, source: 'agent' });
    });
    this.#head = through;
    return { after, through, type, audience, epoch: this.#epoch, body: joinEvents(texts) };
  }

  #epochOf(seq: number): number {
    return this.#claims.findLast(({ first }) => first <= seq)?.epoch ?? 0;
  }

  async #readLater(after: number, maxBytes: number): Promise<LogPage> {
    await this.#options.beforeRead?.();
    const page = this.#page(after, maxBytes);
    await this.#options.afterRead?.();
    return page;
  }

  #page(after: number, maxBytes: number): LogPage {
    const rows: LogRow[] = [];
    let bytes = 0;
    for (const row of this.#rows) {
      if (row.through <= after) continue;
      bytes += row.body?.length ?? 0;
      if (rows.length > 0 && bytes > maxBytes) break;
      rows.push(row);
    }
    this.reads.push({ after, rows: rows.length });
    return { rows, head: this.#head, floor: this.#retained };
  }
}
