import type { Clock } from '../session/clock.ts';
import type { Authenticator } from './authenticator.ts';
import type { Principal } from './principal.ts';

/** Why a credential is no longer good. */
export type CredentialEnd = 'expired' | 'revoked';

/** Timers hold 2^31 ms at most; a credential that lives longer is looked at again. */
const MAX_TIMER_MS = 86_400_000;

/**
 * Tells what is open under a credential that the credential has ended: sockets and streams outlive the check at their start.
 *
 * W1. Whatever is watched is told once, at the moment of its expiry or revocation, and is forgotten with it.
 */
export class CredentialWatch {
  readonly #clock: Clock;
  readonly #stopListening: () => void;
  readonly #endings = new Map<string, Set<(end: CredentialEnd) => void>>();

  constructor(authenticator: Authenticator, clock: Clock) {
    this.#clock = clock;
    this.#stopListening = authenticator.onRevoked((credentialId) => {
      for (const end of [...(this.#endings.get(credentialId) ?? [])]) end('revoked');
    });
  }

  /** Calls `onEnd` when the principal's credential ends; the returned function stops the watch. */
  watch(principal: Principal, onEnd: (end: CredentialEnd) => void): () => void {
    const { credentialId, expiresAt } = principal;
    let stopTimer = () => {};
    const end = (reason: CredentialEnd) => {
      stop();
      onEnd(reason);
    };
    const stop = () => {
      stopTimer();
      this.#forget(credentialId, end);
    };
    const arm = () => {
      if (expiresAt === undefined) return;
      const leftMs = expiresAt - this.#clock.now();
      stopTimer = this.#clock.timer(Math.min(Math.max(leftMs, 0), MAX_TIMER_MS), () => {
        if (this.#clock.now() >= expiresAt) end('expired');
        else arm();
      });
    };
    this.#remember(credentialId, end);
    arm();
    return stop;
  }

  /** How many are watched, for tests that nothing stays behind. */
  get size(): number {
    let size = 0;
    for (const endings of this.#endings.values()) size += endings.size;
    return size;
  }

  close(): void {
    this.#stopListening();
    this.#endings.clear();
  }

  #remember(credentialId: string, end: (reason: CredentialEnd) => void): void {
    const known = this.#endings.get(credentialId);
    if (known === undefined) this.#endings.set(credentialId, new Set([end]));
    else known.add(end);
  }

  #forget(credentialId: string, end: (reason: CredentialEnd) => void): void {
    const known = this.#endings.get(credentialId);
    if (known?.delete(end) === true && known.size === 0) this.#endings.delete(credentialId);
  }
}
