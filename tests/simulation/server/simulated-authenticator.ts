import type {
  AuthenticationOutcome,
  Authenticator,
} from '../../../packages/server/src/access/authenticator.ts';
import type { Principal } from '../../../packages/server/src/access/principal.ts';
import { allScopes } from '../../../packages/server/src/access/scopes.ts';

/** Tokens are `<tenant>/<principal>/<number>`; those that were revoked are refused. */
export class SimulatedAuthenticator implements Authenticator {
  readonly #revoked = new Set<string>();
  readonly #listeners = new Set<(credentialId: string) => void>();

  async authenticate({
    credential,
  }: {
    readonly credential?: string | undefined;
  }): Promise<AuthenticationOutcome> {
    return this.look(credential);
  }

  look(token: string | undefined): AuthenticationOutcome {
    if (token === undefined) return { ok: false, reason: 'missing' };
    if (this.#revoked.has(token)) return { ok: false, reason: 'invalid' };
    const [tenantId = '', id = ''] = token.split('/');
    const scopes = allScopes.filter((scope) => scope !== 'session:admin');
    const principal: Principal = { id, kind: 'user', tenantId, scopes, credentialId: token };
    return { ok: true, principal };
  }

  revoke(token: string): void {
    this.#revoked.add(token);
    for (const listener of [...this.#listeners]) listener(token);
  }

  onRevoked(listener: (credentialId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
