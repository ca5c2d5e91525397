import type { Clock } from '../session/clock.ts';
import type { Authenticator } from './authenticator.ts';
import type { Principal } from './principal.ts';
import { type CredentialEnd, WatchedCredential } from './watched-credential.ts';

/**
 * Tells what is open under a credential that the credential has ended: sockets and streams outlive the check at their start.
 *
 * W1. Whatever is watched is told once, at the moment of its expiry or revocation, and is forgotten with it.
 */
export class CredentialWatch {
  readonly #clock: Clock;
  readonly #stopListening: () => void;
  readonly #credentials = new Map<string, WatchedCredential>();

  constructor(authenticator: Authenticator, clock: Clock) {
    this.#clock = clock;
    this.#stopListening = authenticator.onRevoked((credentialId) =>
      this.#credentials.get(credentialId)?.revoke(),
    );
  }

  /** Calls `onEnd` when the principal's credential ends; the returned function stops the watch. */
  watch({ credentialId, expiresAt }: Principal, onEnd: (end: CredentialEnd) => void): () => void {
    const credential = this.#credentials.get(credentialId) ?? new WatchedCredential(this.#clock);
    this.#credentials.set(credentialId, credential);
    const forget = () => {
      if (credential.size === 0 && this.#credentials.get(credentialId) === credential) {
        this.#credentials.delete(credentialId);
      }
    };
    const use = {
      expiresAt,
      onEnd: (end: CredentialEnd) => {
        forget();
        onEnd(end);
      },
    };
    credential.add(use);
    return () => {
      credential.drop(use);
      forget();
    };
  }

  /** How many are watched, for tests that nothing stays behind. */
  get size(): number {
    let size = 0;
    for (const credential of this.#credentials.values()) size += credential.size;
    return size;
  }

  close(): void {
    this.#stopListening();
    for (const credential of this.#credentials.values()) credential.close();
    this.#credentials.clear();
  }
}
