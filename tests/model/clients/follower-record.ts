import type { AnyEvent, SessionState, SnapshotReason } from '@perdure/protocol';

/** From one snapshot to the next, or from where it began: all that a follower was told in one go. */
export interface Stretch {
  /** The place that the events come after; `undefined` until the first frame tells it. */
  start: number | undefined;
  /** Why it begins with a snapshot, if it does. */
  readonly reason: SnapshotReason | undefined;
  /** The snapshot, where the follower shows it. */
  readonly state?: SessionState | undefined;
  readonly events: AnyEvent[];
}

/** What a follower asked for. */
export interface Wish {
  /** Where it begins; a cursor has its own. */
  readonly from: 'snapshot' | 'beginning' | 'now' | 'known-cursor' | 'old-cursor' | 'ahead' | 'rubbish';
  readonly cursor?: string | undefined;
  readonly types?: readonly string[] | undefined;
}

/** Someone who follows a session, with a record of all that came. */
export interface Follower {
  /** For traces. */
  readonly name: string;
  readonly wish: Wish;
  readonly stretches: readonly Stretch[];
  /** The code of what ended it, or `left` when it was let go. */
  readonly end: string | undefined;
  /** What it did that no follower may, as it came. */
  readonly wrong: string | undefined;
  /** Whether it knows of all up to a place, as far as it can tell; `undefined` for one that sees only what it asked for. */
  isAt(seq: number): boolean | undefined;
  /** The state it has, if it keeps one. */
  state(): SessionState | undefined;
  leave(): Promise<void>;
}

/** Takes down what one follower is told. */
export class FollowerRecord {
  readonly stretches: Stretch[] = [];
  #wrong: string | undefined;

  get wrong(): string | undefined {
    return this.#wrong;
  }

  get last(): Stretch | undefined {
    return this.stretches.at(-1);
  }

  begin(stretch: Omit<Stretch, 'events'>): void {
    this.stretches.push({ ...stretch, events: [] });
  }

  add(event: AnyEvent): void {
    const stretch = this.last;
    if (stretch === undefined) {
      this.fault(`event ${event.seq} came before it began`);
      return;
    }
    const before = stretch.events.at(-1)?.seq ?? stretch.start ?? 0;
    if (event.seq <= before) this.fault(`event ${event.seq} came after ${before}`);
    stretch.events.push(event);
  }

  /** The first fault is the one to look at. */
  fault(what: string): void {
    this.#wrong ??= what;
  }
}
