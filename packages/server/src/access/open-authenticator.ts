import type { AuthenticationOutcome, Authenticator } from './authenticator.ts';
import type { Principal } from './principal.ts';
import { allScopes } from './scopes.ts';

/** Everyone who reaches a server that only this machine can reach. */
export const openPrincipal: Principal = Object.freeze({
  id: 'open',
  kind: 'open',
  tenantId: 'default',
  scopes: allScopes,
  credentialId: 'open',
});

/** Lets everyone in, as one principal. The transport answers nobody under it who did not come in by loopback. */
export class OpenAuthenticator implements Authenticator {
  async authenticate(): Promise<AuthenticationOutcome> {
    return { ok: true, principal: openPrincipal };
  }

  /** Nothing is ever revoked here. */
  onRevoked(): () => void {
    return () => {};
  }
}
