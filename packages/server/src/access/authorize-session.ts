import { type Access, isId, PerdureError } from '@perdure/protocol';
import type { SessionRecord, SessionStore } from '../store/session-store.ts';
import type { Authorizer } from './authorizer.ts';
import type { Principal } from './principal.ts';

interface Deciders {
  readonly store: Pick<SessionStore, 'find'>;
  readonly authorizer: Authorizer;
}

/**
 * The record of a session that a principal may touch in all the ways asked for.
 *
 * A1. Every way to a session passes here: the wires' middleware and `host.as(principal)` alike.
 * A2. A session that one may not see is answered exactly as one that does not exist: same code, same words, one lookup.
 */
export async function authorizeSession(
  { store, authorizer }: Deciders,
  principal: Principal,
  accesses: readonly Access[],
  sessionId: string,
): Promise<SessionRecord> {
  const record = isId(sessionId) ? await store.find(principal.tenantId, sessionId) : undefined;
  if (record === undefined) throw sessionNotFound(sessionId);
  for (const access of accesses) {
    const verdict = await authorizer.authorize(principal, access, record);
    switch (verdict) {
      case 'allow':
        break;
      case 'not-found':
        throw sessionNotFound(sessionId);
      case 'deny':
        throw forbidden(access);
      default:
        verdict satisfies never;
    }
  }
  return record;
}

/** Checks rights that belong to no session, such as creating one. */
export async function authorizeAccess(
  authorizer: Authorizer,
  principal: Principal,
  accesses: readonly Access[],
): Promise<void> {
  for (const access of accesses) {
    if ((await authorizer.authorize(principal, access)) !== 'allow') throw forbidden(access);
  }
}

export function sessionNotFound(sessionId: string): PerdureError {
  // An id that is no id may be of any length: it is not sent back.
  return isId(sessionId)
    ? new PerdureError('session-not-found', `There is no session "${sessionId}" that you may see.`, {
        details: { sessionId },
      })
    : new PerdureError('session-not-found', 'There is no such session that you may see.');
}

function forbidden(access: Access): PerdureError {
  return new PerdureError(
    'forbidden',
    `This needs the right ${access}, which your credential does not have.`,
    {
      details: { access },
    },
  );
}
