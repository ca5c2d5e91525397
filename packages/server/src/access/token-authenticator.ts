import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthenticationOutcome, AuthenticationRequest, Authenticator } from './authenticator.ts';
import type { Principal } from './principal.ts';
import { allScopes } from './scopes.ts';

/** Who holds one of the server's tokens. All tokens are one principal, so a rotated token keeps its sessions. */
const operator = {
  id: 'operator',
  kind: 'service',
  tenantId: 'default',
  scopes: allScopes,
} as const;

/**
 * Static tokens, several valid at once, so that one can be replaced without a moment in which none works.
 *
 * T1. A token is kept as its SHA-256 only.
 * T2. Every kept token is compared with every credential, in constant time: the time tells neither which nor how much.
 */
export class TokenAuthenticator implements Authenticator {
  #hashes: readonly Buffer[];
  readonly #listeners = new Set<(credentialId: string) => void>();

  constructor(tokens: readonly string[]) {
    this.#hashes = tokens.map(sha256);
  }

  async authenticate({ credential }: AuthenticationRequest): Promise<AuthenticationOutcome> {
    if (credential === undefined) return { ok: false, reason: 'missing' };
    const given = sha256(credential);
    let isKnown = false;
    for (const hash of this.#hashes) isKnown = timingSafeEqual(hash, given) || isKnown;
    if (!isKnown) return { ok: false, reason: 'invalid' };
    const principal: Principal = { ...operator, credentialId: given.toString('hex') };
    return { ok: true, principal };
  }

  /** From now on these tokens and no others are good. */
  replaceTokens(tokens: readonly string[]): void {
    const hashes = tokens.map(sha256);
    const revoked = this.#hashes.filter((old) => !hashes.some((hash) => hash.equals(old)));
    this.#hashes = hashes;
    for (const hash of revoked) {
      for (const listener of this.#listeners) listener(hash.toString('hex'));
    }
  }

  onRevoked(listener: (credentialId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
