import type { Access } from '@perdure/protocol';
import type { Authorizer, SessionFacts, SessionScope } from './authorizer.ts';
import type { Principal } from './principal.ts';

/**
 * A session belongs to whoever made it, inside its tenant. Others of the tenant do not know of it, but for those with the
 * scope `session:admin`, and for the open principal, which stands for everyone on this machine.
 *
 * O1. `visible` and `authorize` draw the same line: what is not visible is `not-found`.
 * O2. Scopes bind the owner too, but that one who may write may also do with his own what needs `session:admin`.
 */
export class OwnerAuthorizer implements Authorizer {
  async authorize(
    principal: Principal,
    access: Access,
    session?: SessionFacts,
  ): Promise<'allow' | 'deny' | 'not-found'> {
    if (session !== undefined && !isVisible(this.visible(principal), session)) return 'not-found';
    if (principal.scopes.includes(access)) return 'allow';
    const isOwner = session !== undefined && session.ownerId === principal.id;
    return isOwner && access === 'session:admin' && principal.scopes.includes('session:write')
      ? 'allow'
      : 'deny';
  }

  visible(principal: Principal): SessionScope {
    const { tenantId, sessionIds } = principal;
    if (sessionIds !== undefined) return { tenantId, sessionIds };
    return seesAllOfTenant(principal) ? { tenantId } : { tenantId, ownerId: principal.id };
  }
}

function seesAllOfTenant({ kind, scopes }: Principal): boolean {
  return kind === 'open' || kind === 'system' || scopes.includes('session:admin');
}

function isVisible(scope: SessionScope, session: SessionFacts): boolean {
  return (
    scope.tenantId === session.tenantId &&
    (scope.ownerId === undefined || scope.ownerId === session.ownerId) &&
    (scope.sessionIds === undefined || scope.sessionIds.includes(session.id))
  );
}
