// R1. A ring holds every row of its session in (base, head], in order, as it was broadcast.
// R2. All rings together are at most `maxBytes`, one at most `maxSessionBytes`; one not used for `lingerMs` is gone.
import type { Place } from '@perdure/protocol';
import type { Clock } from '../session/clock.ts';
import type { LogPage, LogRow, SessionKey } from '../store/session-store.ts';
import type { Advance } from './client-hub.ts';
import { isWhole, splitRow } from './cut-row.ts';

interface Ring {
  /** Rows from here on are all there. */
  base: number;
  head: number;
  /** Of the last row. */
  epoch: number;
  rows: LogRow[];
  bytes: number;
  usedAtMs: number;
}

/** What a row costs beside its text: the object, its fields, its slot. */
const rowOverheadBytes = 160;
/** What a ring costs without rows. */
const ringOverheadBytes = 320;

/** What was committed last, so that followers at the head and those who come back soon need no disk. */
export class RecentRows {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #maxSessionBytes: number;
  readonly #maxRowBytes: number;
  readonly #lingerMs: number;
  /** In order of last use, the longest unused first. */
  readonly #rings = new Map<SessionKey, Ring>();
  #bytes = 0;
  #stopSweep: (() => void) | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly maxBytes: number;
    readonly maxSessionBytes: number;
    /** Rows of several events are cut once, here, so that no follower has to cut them again. */
    readonly maxRowBytes: number;
    readonly lingerMs: number;
  }) {
    this.#clock = options.clock;
    this.#maxBytes = options.maxBytes;
    this.#maxSessionBytes = Math.min(options.maxSessionBytes, options.maxBytes);
    this.#maxRowBytes = options.maxRowBytes;
    this.#lingerMs = options.lingerMs;
  }

  get size(): number {
    return this.#rings.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(session: SessionKey, { head, epoch, rows }: Advance): void {
    const first = rows[0];
    if (first === undefined || !isUnbroken(rows, head)) {
      this.drop(session);
      return;
    }
    let ring = this.#rings.get(session);
    if (ring?.head !== first.after) {
      this.drop(session);
      ring = { base: first.after, head, epoch, rows: [], bytes: ringOverheadBytes, usedAtMs: 0 };
      this.#bytes += ringOverheadBytes;
    }
    for (const row of rows) {
      for (const part of isWhole(row) ? splitRow(row, this.#maxRowBytes) : [row]) {
        const bytes = costOf(part);
        ring.rows.push(part);
        ring.bytes += bytes;
        this.#bytes += bytes;
      }
    }
    ring.head = head;
    ring.epoch = epoch;
    this.#rings.set(session, ring);
    this.#touch(session, ring);
    this.#trim(ring);
    this.#evict();
    this.#sweepLater();
  }

  /** Rows after a place, or undefined if some of them are not here. */
  read(session: SessionKey, after: number, maxBytes: number): LogPage | undefined {
    const ring = this.#rings.get(session);
    if (ring === undefined || after < ring.base || after > ring.head) return undefined;
    this.#touch(session, ring);
    const rows: LogRow[] = [];
    let length = 0;
    for (let index = firstAfter(ring.rows, after); index < ring.rows.length; index += 1) {
      const row = ring.rows[index];
      if (row === undefined) break;
      length += row.body?.length ?? 0;
      if (rows.length > 0 && length > maxBytes) break;
      rows.push(row);
    }
    return { rows, head: ring.head, floor: 0 };
  }

  /** The last event of a session, if it is here. */
  tip(session: SessionKey): Place | undefined {
    const ring = this.#rings.get(session);
    return ring && { epoch: ring.epoch, seq: ring.head };
  }

  /** Whether a cursor is surely valid: the row that it points into is here, of the same epoch. */
  holds(session: SessionKey, { epoch, seq }: Place): boolean {
    const ring = this.#rings.get(session);
    if (ring === undefined || seq <= ring.base || seq > ring.head) return false;
    return ring.rows[firstAfter(ring.rows, seq - 1)]?.epoch === epoch;
  }

  drop(session: SessionKey): void {
    const ring = this.#rings.get(session);
    if (ring === undefined) return;
    this.#rings.delete(session);
    this.#bytes -= ring.bytes;
  }

  close(): void {
    this.#stopSweep?.();
    this.#stopSweep = undefined;
    this.#rings.clear();
    this.#bytes = 0;
  }

  #touch(session: SessionKey, ring: Ring): void {
    ring.usedAtMs = this.#clock.monotonic();
    this.#rings.delete(session);
    this.#rings.set(session, ring);
  }

  #trim(ring: Ring): void {
    if (ring.bytes <= this.#maxSessionBytes) return;
    // Down to three quarters, so that the rest is moved once in many appends.
    const goal = this.#maxSessionBytes * 0.75;
    let count = 0;
    let freed = 0;
    for (const row of ring.rows) {
      if (ring.bytes - freed <= goal) break;
      freed += costOf(row);
      ring.base = row.through;
      count += 1;
    }
    ring.rows.splice(0, count);
    ring.bytes -= freed;
    this.#bytes -= freed;
  }

  #evict(): void {
    for (const session of this.#rings.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.drop(session);
    }
  }

  #sweepLater(): void {
    if (this.#stopSweep !== undefined || this.#rings.size === 0) return;
    this.#stopSweep = this.#clock.timer(this.#lingerMs, () => {
      this.#stopSweep = undefined;
      const unusedSinceMs = this.#clock.monotonic() - this.#lingerMs;
      for (const [session, ring] of this.#rings) {
        if (ring.usedAtMs > unusedSinceMs) break;
        this.drop(session);
      }
      this.#sweepLater();
    });
  }
}

/** Bytes in memory: text of one byte a character, or of two if any needs it. */
function costOf({ body }: LogRow): number {
  if (body === null) return rowOverheadBytes;
  return rowOverheadBytes + body.length * (/[^\0-\xff]/.test(body) ? 2 : 1);
}

function isUnbroken(rows: readonly LogRow[], head: number): boolean {
  let through = rows[0]?.after;
  for (const row of rows) {
    if (row.after !== through) return false;
    through = row.through;
  }
  return through === head;
}

/** Index of the first row that ends after a place. */
function firstAfter(rows: readonly LogRow[], place: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.through ?? Number.POSITIVE_INFINITY) > place) high = middle;
    else low = middle + 1;
  }
  return low;
}
