import type { Access } from '@perdure/protocol';

/** Every right there is; a record, so that a new right does not compile until it stands here. */
const known: Record<Access, true> = {
  'server:observe': true,
  'session:create': true,
  'session:list': true,
  'session:read': true,
  'session:write': true,
  'session:control': true,
  'session:approve': true,
  'session:share': true,
  'session:admin': true,
};

export const allScopes: readonly Access[] = Object.freeze(Object.keys(known) as Access[]);

/**
 * What a user has when the application names no scopes: everything on sessions of their own. `session:admin` is left out
 * because it opens the sessions of everyone in the tenant; an owner administers his own without it.
 */
export const userScopes: readonly Access[] = Object.freeze(
  allScopes.filter((scope) => scope !== 'server:observe' && scope !== 'session:admin'),
);

export function isScope(value: unknown): value is Access {
  return typeof value === 'string' && Object.hasOwn(known, value);
}
