import type { Clock } from '../session/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #startMs: number;
  #elapsedMs = 0;

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  /** Timers that are still to fire. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  iso(ms = this.now()): string {
    return new Date(ms).toISOString();
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  timer(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { atMs: this.#elapsedMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves time on and fires what falls due, in order, timers that those set included. */
  advance(byMs: number): void {
    const untilMs = this.#elapsedMs + byMs;
    while (true) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#elapsedMs = Math.max(this.#elapsedMs, due.atMs);
      due.callback();
    }
    this.#elapsedMs = untilMs;
  }
}
