/** Times far from zero are not exact to the last bit; this much of a token is made up for it. */
const SLACK_TOKENS = 1e-4;

/**
 * A rate as two numbers: how much was taken, and when that was so; what is taken flows back evenly. No timers, no window
 * edges at which twice the rate could pass, and the wait until the next try is exact.
 */
export class TokenBucket {
  readonly #max: number;
  readonly #perMs: number;
  #taken = 0;
  #atMs = 0;

  /** Lets `max` through at once, and as many again in each `perMs`. */
  constructor(max: number, perMs: number) {
    this.#max = max;
    this.#perMs = perMs;
  }

  /** Milliseconds to wait before it could be taken; 0: it was taken. */
  take(nowMs: number, cost = 1): number {
    if (cost > this.#max) return this.#perMs; // it never will
    const taken = this.#takenAt(nowMs);
    const over = taken + cost - this.#max;
    if (over > SLACK_TOKENS) return Math.ceil((over * this.#perMs) / this.#max);
    this.#taken = taken + cost;
    this.#atMs = nowMs;
    return 0;
  }

  /** How much is taken now, in whole tokens. */
  taken(nowMs: number): number {
    return Math.max(0, Math.ceil(this.#takenAt(nowMs) - SLACK_TOKENS));
  }

  #takenAt(nowMs: number): number {
    const flowedBack = ((nowMs - this.#atMs) * this.#max) / this.#perMs;
    return Math.max(0, this.#taken - flowedBack);
  }
}
