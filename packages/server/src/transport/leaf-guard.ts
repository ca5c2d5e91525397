import { type Access, PerdureError, SUPPORTED_PROTOCOL_VERSIONS } from '@perdure/protocol';
import type { Leaf } from '@perdure/protocol/schemas';
import * as z from 'zod';
import type { Authorizer } from '../access/authorizer.ts';
import { authorizeAccess, authorizeSession } from '../access/authorize-session.ts';
import type { Principal } from '../access/principal.ts';
import type { SessionHost } from '../host/session-host.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { Asker, Caller, ServerFacts } from './caller.ts';
import { limitExceeded } from './error-answers.ts';
import { unauthenticated } from './unauthenticated.ts';
import { checkJsonDepth } from './json-depth.ts';

// G1. Every call of every leaf passes here, built or planned, whatever wire it came by; nothing of the input is looked at
//     before, and no handler runs without.
// G2. Order: protocol, credential, shutdown, rate, rights. A stranger learns nothing from what comes after the credential.

export interface GuardParts {
  readonly host: SessionHost;
  readonly store: Pick<SessionStore, 'find'>;
  readonly authorizer: Authorizer;
  readonly server: ServerFacts;
  /** True once no new work is taken. */
  isDraining(): boolean;
}

export type LeafGuard = (path: string, leaf: Leaf, caller: Caller, input: unknown) => Promise<Asker>;

/** An open run may still be ended while the server drains: it only shortens the wait. */
const allowedWhileDraining = new Set(['sessions.interrupt']);

export function createLeafGuard(parts: GuardParts): LeafGuard {
  const { host, authorizer, server } = parts;
  return async (path, leaf, caller, input) => {
    checkProtocol(caller.protocol);
    const { sendGuard } = caller;
    if (leaf.access === 'public') {
      return { principal: knownPrincipal(caller), host, server, sendGuard };
    }
    const principal = principalOf(caller);
    if (isCommand(leaf)) {
      if (parts.isDraining() && !allowedWhileDraining.has(path)) throw shuttingDown();
      const refusal = await server.limiter.take('principalCommandsPer10s', principal);
      if (refusal !== undefined) throw limitExceeded(refusal);
    }
    checkJsonDepth(input, server.limits.jsonDepth);
    await authorize(principal, leaf.access, sessionIdsOf(leaf, input));
    return { principal, host: host.as(principal), server, sendGuard };
  };

  async function authorize(
    principal: Principal,
    accesses: readonly Access[],
    sessionIds: readonly string[],
  ): Promise<void> {
    if (sessionIds.length === 0) await authorizeAccess(authorizer, principal, accesses);
    for (const id of sessionIds) await authorizeSession(parts, principal, accesses, id);
  }
}

export function shuttingDown(): PerdureError {
  return new PerdureError('shutting-down', 'The server is shutting down. Try again in a moment.');
}

export function checkProtocol(version: string | undefined): void {
  if (version === undefined || SUPPORTED_PROTOCOL_VERSIONS.map(String).includes(version)) return;
  throw new PerdureError(
    'protocol-mismatch',
    `This server speaks protocol ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')}. Use a client of the same version.`,
    { details: { supported: [...SUPPORTED_PROTOCOL_VERSIONS] } },
  );
}

/** Who called, or the error that says why they are nobody. */
export function principalOf({ authentication }: Caller): Principal {
  if (authentication.ok) return authentication.principal;
  switch (authentication.reason) {
    case 'broken':
      throw authentication.error;
    case 'missing':
    case 'invalid':
    case 'expired':
      throw unauthenticated(authentication.reason);
    default:
      throw authentication satisfies never;
  }
}

function knownPrincipal({ authentication }: Caller): Principal | undefined {
  return authentication.ok ? authentication.principal : undefined;
}

function isCommand({ kind, rest }: Leaf): boolean {
  return kind === 'mutation' || (kind === 'http' && rest?.method !== 'GET');
}

/** The sessions a call is about. What is no text is left to the leaf's schema, which refuses it. */
function sessionIdsOf({ input: schema }: Leaf, input: unknown): readonly string[] {
  if (typeof input !== 'object' || input === null || !(schema instanceof z.ZodObject)) return [];
  const given = (name: string): unknown => (name in schema.shape ? Reflect.get(input, name) : undefined);
  const many = given('sessionIds');
  return [given('sessionId'), ...(Array.isArray(many) ? many : [])].filter((id) => typeof id === 'string');
}
