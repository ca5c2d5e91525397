/**
 * A rate as one number: the time at which the bucket will be full again (GCRA). No timers, no window edges at which twice
 * the rate could pass, and the wait until the next try is exact.
 */
export class TokenBucket {
  readonly #max: number;
  readonly #perMs: number;
  readonly #msPerToken: number;
  #fullAtMs = 0;

  constructor(max: number, perMs: number) {
    this.#max = max;
    this.#perMs = perMs;
    this.#msPerToken = perMs / max;
  }

  /** Milliseconds to wait before it could be taken; 0: it was taken. */
  take(nowMs: number, cost = 1): number {
    if (cost > this.#max) return this.#perMs; // it never will
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + cost * this.#msPerToken;
    const waitMs = fullAtMs - nowMs - this.#max * this.#msPerToken;
    if (waitMs > FLOAT_SLACK_MS) return Math.ceil(waitMs);
    this.#fullAtMs = fullAtMs;
    return 0;
  }

  /** How much is taken now. */
  taken(nowMs: number): number {
    return this.#max === 0
      ? 0
      : Math.min(this.#max, Math.ceil(Math.max(0, this.#fullAtMs - nowMs) / this.#msPerToken));
  }
}

/** Sums of `msPerToken` are not exact: without slack the last token of a bucket of 60 would be refused. */
const FLOAT_SLACK_MS = 1e-6;
