import type { Principal } from './principal.ts';

export interface AuthenticationRequest {
  /** The bearer token, without its scheme. */
  readonly credential?: string | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
  readonly transport: 'http' | 'sse' | 'websocket';
}

export type AuthenticationOutcome =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly reason: 'missing' | 'invalid' | 'expired' };

/** Says who is asking. It answers; it throws only when it is broken itself. */
export interface Authenticator {
  authenticate(request: AuthenticationRequest, signal: AbortSignal): Promise<AuthenticationOutcome>;
  /** Calls `listener` with the credential id of each credential that is no longer good; the returned function ends it. */
  onRevoked(listener: (credentialId: string) => void): () => void;
}
