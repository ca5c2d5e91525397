import type { Access } from '@perdure/protocol';
import type { Clock } from '../session/clock.ts';
import type { AuthenticationOutcome, AuthenticationRequest, Authenticator } from './authenticator.ts';
import type { Principal } from './principal.ts';
import { sha256Digest } from '../process/sha256-digest.ts';
import { isScope, userScopes } from './scopes.ts';

/** What an application says of someone it knows. All but `id` is filled up. */
export interface KnownPrincipal {
  readonly id: string;
  readonly name?: string | undefined;
  /** Default: `user`. */
  readonly kind?: 'user' | 'service' | 'share' | undefined;
  /** Default: `default`. */
  readonly tenantId?: string | undefined;
  /** Default: everything on sessions of their own. */
  readonly scopes?: readonly Access[] | undefined;
  readonly sessionIds?: readonly string[] | undefined;
  /** Milliseconds since 1970. What is open then is ended. */
  readonly expiresAt?: number | undefined;
}

/** An application's own login: who is this, or null. A throw is a failure of the login and answered as one. */
export type Authenticate = (
  request: AuthenticationRequest,
  signal: AbortSignal,
) => KnownPrincipal | null | Promise<KnownPrincipal | null>;

/** Makes an application's function an authenticator. */
export class FunctionAuthenticator implements Authenticator {
  readonly #authenticate: Authenticate;
  readonly #clock: Clock;

  constructor(authenticate: Authenticate, clock: Clock) {
    this.#authenticate = authenticate;
    this.#clock = clock;
  }

  async authenticate(request: AuthenticationRequest, signal: AbortSignal): Promise<AuthenticationOutcome> {
    const known = await this.#authenticate(request, signal);
    if (known === null || known === undefined) {
      return { ok: false, reason: request.credential === undefined ? 'missing' : 'invalid' };
    }
    const principal = principalFrom(known, request.credential);
    return principal.expiresAt !== undefined && principal.expiresAt <= this.#clock.now()
      ? { ok: false, reason: 'expired' }
      : { ok: true, principal };
  }

  /** A function cannot tell; what it lets in ends by `expiresAt`. An application that revokes brings an `Authenticator`. */
  onRevoked(): () => void {
    return () => {};
  }
}

/** Fills up what an application says of someone, and refuses what cannot be meant. */
export function principalFrom(known: KnownPrincipal, credential: string | undefined): Principal {
  const { id, name, kind = 'user', tenantId = 'default', scopes = userScopes, sessionIds, expiresAt } = known;
  // The application may be JavaScript, and what it returns decides about rights: nothing of it is taken on trust.
  if (typeof id !== 'string' || id === '')
    throw new TypeError('authenticate returned a principal without an id.');
  if (typeof tenantId !== 'string' || tenantId === '')
    throw new TypeError('authenticate returned a tenantId that is no text.');
  if (kind !== 'user' && kind !== 'service' && kind !== 'share') {
    throw new TypeError(`authenticate returned the kind "${kind}"; it can be user, service or share.`);
  }
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) throw new TypeError(`authenticate returned the unknown scope "${unknown}".`);
  if (expiresAt !== undefined && !Number.isFinite(expiresAt)) {
    throw new TypeError('authenticate returned an expiresAt that is no number of milliseconds.');
  }
  return {
    id,
    kind,
    tenantId,
    scopes: [...scopes],
    credentialId: credential === undefined ? `${kind}:${id}` : sha256Digest(credential),
    ...(name === undefined ? {} : { name }),
    ...(sessionIds === undefined ? {} : { sessionIds: [...sessionIds] }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
