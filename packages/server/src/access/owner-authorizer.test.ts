import type { Access } from '@perdure/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPrincipal } from './open-authenticator.ts';
import { OwnerAuthorizer } from './owner-authorizer.ts';
import type { Principal } from './principal.ts';
import { allScopes, userScopes } from './scopes.ts';

const authorizer = new OwnerAuthorizer();
const someone = (
  id: string,
  scopes: readonly Access[] = userScopes,
  more: Partial<Principal> = {},
): Principal => ({
  id,
  kind: 'user',
  tenantId: 'default',
  scopes,
  credentialId: id,
  ...more,
});
const session = (ownerId: string, tenantId = 'default', id = 's') => ({ id, tenantId, ownerId });
const verdict = (principal: Principal, access: Access, ownerId: string, tenantId = 'default') =>
  authorizer.authorize(principal, access, session(ownerId, tenantId));

describe('OwnerAuthorizer', () => {
  it('[N5] an owner may do all with his own, others do not know of it', async () => {
    for (const access of allScopes.filter((scope) => scope !== 'server:observe')) {
      expect([access, await verdict(someone('ann'), access, 'ann')]).toEqual([access, 'allow']);
      expect([access, await verdict(someone('bob'), access, 'ann')]).toEqual([access, 'not-found']);
    }
  });

  it('[N5] scopes bind the owner too: a viewer reads and nothing else', async () => {
    const viewer = someone('ann', ['session:read', 'session:list']);
    expect(await verdict(viewer, 'session:read', 'ann')).toBe('allow');
    for (const access of ['session:write', 'session:control', 'session:admin'] as const) {
      expect([access, await verdict(viewer, access, 'ann')]).toEqual([access, 'deny']);
    }
    expect(await authorizer.authorize(viewer, 'session:create')).toBe('deny');
  });

  it('[N5] the admin of a tenant reaches all of it and none of another', async () => {
    const admin = someone('root', allScopes);
    expect(await verdict(admin, 'session:admin', 'ann')).toBe('allow');
    expect(await verdict(admin, 'session:read', 'ann', 'other')).toBe('not-found');
    expect(authorizer.visible(admin)).toEqual({ tenantId: 'default' });
  });

  it('[N5] a principal that is bound to sessions reaches those, whoever owns them', async () => {
    const guest = someone('guest', ['session:read'], { kind: 'share', sessionIds: ['s'] });
    expect(await verdict(guest, 'session:read', 'ann')).toBe('allow');
    expect(await authorizer.authorize(guest, 'session:read', session('ann', 'default', 't'))).toBe(
      'not-found',
    );
    expect(authorizer.visible(guest)).toEqual({ tenantId: 'default', sessionIds: ['s'] });
  });

  it('[N5] the open principal sees all of its tenant', async () => {
    expect(await verdict(openPrincipal, 'session:admin', 'ann')).toBe('allow');
    expect(await verdict(openPrincipal, 'session:read', 'ann', 'other')).toBe('not-found');
  });

  it('[N5] what is listed and what is found are the same sessions', async () => {
    const names = fc.constantFrom('ann', 'bob', 'root');
    const tenants = fc.constantFrom('default', 'other');
    const principals = fc.record({
      id: names,
      kind: fc.constantFrom('open', 'user', 'service', 'share', 'system'),
      tenantId: tenants,
      scopes: fc.subarray([...allScopes]),
      sessionIds: fc.option(fc.subarray(['s', 't']), { nil: undefined }),
      credentialId: fc.constant('c'),
    }) satisfies fc.Arbitrary<Principal>;
    const sessions = fc.record({ id: fc.constantFrom('s', 't'), tenantId: tenants, ownerId: names });
    await fc.assert(
      fc.asyncProperty(
        principals,
        sessions,
        fc.constantFrom(...allScopes),
        async (principal, facts, access) => {
          const { tenantId, ownerId, sessionIds } = authorizer.visible(principal);
          const isListed =
            tenantId === facts.tenantId &&
            (ownerId === undefined || ownerId === facts.ownerId) &&
            (sessionIds === undefined || sessionIds.includes(facts.id));
          expect((await authorizer.authorize(principal, access, facts)) !== 'not-found').toBe(isListed);
        },
      ),
    );
  });
});
