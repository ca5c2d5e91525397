/** How a session's events have reached this page. */
export interface Delivery {
  readonly received: number;
  /** In the log and not here. */
  readonly lost: number;
  /** Here twice, or after one that follows it. */
  readonly doubled: number;
}

interface Hole {
  readonly first: number;
  readonly last: number;
}

/**
 * Counts what arrives, apart from the client that delivers it.
 *
 * D1. A seq that is not above the one before it is doubled.
 * D2. A hole is no loss by itself: other audiences have rows, and finished texts lose theirs to compaction. Lost is what
 *     the log, read by another way, still holds and did not deliver.
 * D3. What the log holds beyond the last arrival may be on its way; it is lost if it has not come by the next look.
 */
export class DeliveryCount {
  #received = 0;
  #doubled = 0;
  #last = 0;
  #holes: readonly Hole[] = [];
  #onTheirWay: readonly number[] = [];
  readonly #lost = new Set<number>();

  /** The highest seq that has arrived. */
  get last(): number {
    return this.#last;
  }

  /** Whether only a look into the log can tell if something is missing. */
  get isDoubtful(): boolean {
    return this.#holes.length > 0 || this.#onTheirWay.length > 0;
  }

  arrived(seq: number): void {
    this.#received += 1;
    this.#lost.delete(seq);
    if (seq <= this.#last) {
      this.#doubled += 1;
      return;
    }
    if (seq > this.#last + 1) this.#holes = [...this.#holes, { first: this.#last + 1, last: seq - 1 }];
    this.#last = seq;
  }

  /** The log, read to its end after `through` had arrived, holds these. */
  compare(inLog: readonly number[], through: number): void {
    for (const seq of this.#onTheirWay) if (seq > this.#last || this.#isInHole(seq)) this.#lost.add(seq);
    for (const seq of inLog) if (this.#isInHole(seq)) this.#lost.add(seq);
    this.#onTheirWay = inLog.filter((seq) => seq > this.#last && !this.#lost.has(seq));
    this.#holes = this.#holes.filter(({ last }) => last > through);
  }

  get(): Delivery {
    return { received: this.#received, lost: this.#lost.size, doubled: this.#doubled };
  }

  #isInHole(seq: number): boolean {
    return this.#holes.some(({ first, last }) => first <= seq && seq <= last);
  }
}
