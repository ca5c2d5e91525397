import type { Access } from '@perdure/protocol';
import type { Principal } from './principal.ts';

/** What of a session decides about rights. */
export interface SessionFacts {
  readonly id: string;
  readonly tenantId: string;
  readonly ownerId: string;
}

/** Which sessions of the store a principal may see: plain data that a store turns into its own predicate. */
export interface SessionScope {
  readonly tenantId: string;
  readonly ownerId?: string | undefined;
  readonly sessionIds?: readonly string[] | undefined;
}

/** Says who may. */
export interface Authorizer {
  /** `not-found` where a principal may not even know that the session exists. */
  authorize(
    principal: Principal,
    access: Access,
    session?: SessionFacts,
  ): Promise<'allow' | 'deny' | 'not-found'>;
  visible(principal: Principal): SessionScope;
}
