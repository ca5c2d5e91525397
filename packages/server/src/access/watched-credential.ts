import type { Clock } from '../session/clock.ts';

/** Why a credential is no longer good. */
export type CredentialEnd = 'expired' | 'revoked';

export interface OpenUse {
  /** Milliseconds since 1970; `undefined`: until it is revoked. */
  readonly expiresAt: number | undefined;
  onEnd(end: CredentialEnd): void;
}

/** Timers hold 2^31 ms at most; a credential that lives longer is looked at again. */
const MAX_TIMER_MS = 86_400_000;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * All that is open under one credential.
 *
 * C1. One timer for all of it, so that what ends in one moment is told in the order in which it was opened, and what is let go
 *     of by an earlier one of them is not told any more: a socket says goodbye to its subscriptions before they end by themselves.
 */
export class WatchedCredential {
  readonly #clock: Clock;
  readonly #uses = new Set<OpenUse>();
  #armedFor = NEVER;
  #stopTimer: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#uses.size;
  }

  add(use: OpenUse): void {
    this.#uses.add(use);
    this.#armFor(use.expiresAt ?? NEVER);
  }

  /** The timer may be left to fire for nothing: looking for the next one at each drop would cost as much as is open. */
  drop(use: OpenUse): void {
    this.#uses.delete(use);
    if (this.#uses.size === 0) this.#disarm();
  }

  /** Tells all of it that the credential was revoked. */
  revoke(): void {
    this.#tell('revoked', () => true);
  }

  close(): void {
    this.#uses.clear();
    this.#disarm();
  }

  /** C1: the set itself is walked, so that what is dropped on the way is not met. */
  #tell(end: CredentialEnd, concerns: (use: OpenUse) => boolean): void {
    for (const use of this.#uses) {
      if (!concerns(use)) continue;
      this.#uses.delete(use);
      use.onEnd(end);
    }
    if (this.#uses.size === 0) this.#disarm();
  }

  #armFor(expiresAt: number): void {
    if (expiresAt >= this.#armedFor) return;
    this.#disarm();
    this.#armedFor = expiresAt;
    const leftMs = Math.max(expiresAt - this.#clock.now(), 0);
    this.#stopTimer = this.#clock.timer(Math.min(leftMs, MAX_TIMER_MS), () => this.#expire());
  }

  #expire(): void {
    this.#armedFor = NEVER;
    const now = this.#clock.now();
    this.#tell('expired', ({ expiresAt = NEVER }) => expiresAt <= now);
    let soonest = NEVER;
    for (const { expiresAt = NEVER } of this.#uses) soonest = Math.min(soonest, expiresAt);
    this.#armFor(soonest);
  }

  #disarm(): void {
    this.#stopTimer();
    this.#armedFor = NEVER;
  }
}
