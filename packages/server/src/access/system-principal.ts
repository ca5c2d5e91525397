import { allScopes } from './scopes.ts';
import type { Principal } from './principal.ts';

/** The server itself: what a host acts as when it is not narrowed to anyone. */
export const systemPrincipal: Principal = {
  id: 'system',
  kind: 'system',
  tenantId: 'default',
  scopes: allScopes,
  credentialId: 'system',
};
