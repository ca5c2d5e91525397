import type { Authorizer } from '@perdure/server';

/** Whoever is known may do everything to every session of the tenant: two people share one conversation. */
export const everyoneMay: Authorizer = {
  authorize: async ({ tenantId }, _access, session) =>
    session === undefined || session.tenantId === tenantId ? 'allow' : 'not-found',
  visible: ({ tenantId }) => ({ tenantId }),
};
