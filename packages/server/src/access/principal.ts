import type { Access } from '@perdure/protocol';

/** Who is asking. */
export interface Principal {
  readonly id: string;
  readonly kind: 'open' | 'user' | 'service' | 'share' | 'system';
  readonly tenantId: string;
  readonly name?: string | undefined;
  readonly scopes: readonly Access[];
  /** The only sessions it may touch, if it is bound to some. */
  readonly sessionIds?: readonly string[] | undefined;
  /** SHA-256 of the credential, or a fixed word where there is none. */
  readonly credentialId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
}
