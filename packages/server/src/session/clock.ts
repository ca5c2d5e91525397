/** Time, as the core sees it. */
export interface Clock {
  /** Wall time in milliseconds since 1970. It may jump. */
  now(): number;
  /** A wall time, by default now, as ISO 8601 UTC text. */
  iso(ms?: number): string;
  /** Milliseconds that only grow, for measuring. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`; the returned function calls it off. */
  timer(delayMs: number, callback: () => void): () => void;
}
