import { type CreateInput, emptySessionState, PerdureError } from '@perdure/protocol';
import { authorizeAccess } from '../access/authorize-session.ts';
import type { Principal } from '../access/principal.ts';
import { decideSubmit } from '../session/decide-submit.ts';
import { refuseLarge } from '../session/decide-update.ts';
import { Decision } from '../session/decision.ts';
import { projectionsOf } from '../session/projections-of.ts';
import { rowsOf } from '../session/rows-of.ts';
import { SessionState } from '../session/session-state.ts';
import type { SessionRecord } from '../store/session-store.ts';
import { actorOf } from './actor-of.ts';
import { agentFor } from './agent-for.ts';
import { shuttingDown } from './host-errors.ts';
import type { HostParts } from './host-parts.ts';
import type { LoadedSessions } from './loaded-sessions.ts';
import type { StorageGuard } from './storage-guard.ts';
import { readOnly } from './storage-guard.ts';
import { storeReads } from './store-reads.ts';

interface CreateParts {
  readonly parts: HostParts;
  readonly sessions: LoadedSessions;
  readonly guard: StorageGuard;
  readonly isDraining: () => boolean;
  readonly principal: Principal;
}

/** Creates a session by its first append, or answers with the caller's own that has the id. */
export async function createSession(
  { parts, sessions, guard, isDraining, principal }: CreateParts,
  input: CreateInput,
): Promise<{ readonly record: SessionRecord; readonly created: boolean }> {
  const { authorizer, clock, ids, limits, store, agents } = parts;
  await authorizeAccess(authorizer, principal, ['session:create']);
  if (isDraining()) throw shuttingDown();
  guard.refuseWhileReadOnly();
  refuseUnoffered(input);
  refuseLarge(input.metadata, limits.sessionMetadataBytes);
  refuseLarge(input.options, limits.sessionMetadataBytes);
  const agent = agentFor(agents, principal, input.agent);
  const id = input.id ?? ids.id();
  const decision = new Decision({ state: emptySessionState(id), head: 0, at: clock.iso() });
  const actor = actorOf(principal);
  const { title = '', tags = [], metadata = {}, options = {}, parentId } = input;
  const payload = { agent, title, tags, metadata, options, ...(parentId === undefined ? {} : { parentId }) };
  decision.add({ type: 'session:created', payload, actor, source: 'user' });
  if (input.message !== undefined) {
    const place = { environment: 'absent', agents, mayStart: true } as const;
    const reads = storeReads(store, 0); // a session that is being made has nothing to look up
    const context = { ...place, decision, commandId: ids.id(), actor, limits, reads, newId: () => ids.id() };
    decideSubmit(context, { content: input.message });
  }
  const { before, state, events, through } = decision;
  const outcome = await store.create({
    tenantId: principal.tenantId,
    id,
    ownerId: principal.id,
    parentId,
    createdAt: state.createdAt,
    rows: rowsOf(events),
    ...projectionsOf(before, state, events, ''),
  });
  switch (outcome.kind) {
    case 'created':
      sessions.adopt(outcome.record, new SessionState(state, through), decision.effects);
      return { record: outcome.record, created: true };
    case 'exists':
      await refuseForeign(parts, principal, outcome.record);
      refuseOther(outcome.record, agent, input);
      return { record: outcome.record, created: false };
    case 'unknown':
      guard.fail(outcome.error);
      sessions.doubtCreation(principal.tenantId, id);
      throw readOnly();
    default:
      return outcome satisfies never;
  }
}

/** Parts of the contract that this release cannot honour: refused in words, never left out in silence. */
function refuseUnoffered(input: CreateInput): void {
  const unoffered = (['swarm', 'template', 'files'] as const).find((field) => input[field] !== undefined);
  const field =
    unoffered ?? (input.mode === undefined || input.mode === 'session' ? undefined : `mode: ${input.mode}`);
  if (field === undefined) return;
  throw new PerdureError(
    'not-implemented',
    `This server does not offer "${field}" yet; create the session without it.`,
  );
}

async function refuseForeign(
  { authorizer }: HostParts,
  principal: Principal,
  record: SessionRecord,
): Promise<void> {
  if ((await authorizer.authorize(principal, 'session:read', record)) === 'allow') return;
  throw new PerdureError('id-taken', `The id "${record.id}" is taken; choose another or leave it out.`);
}

/** The same id for something else is a mistake of the caller, not a repetition. */
function refuseOther(record: SessionRecord, agent: string, input: CreateInput): void {
  const isSame = (input.agent === undefined || record.agent === agent) && record.parentId === input.parentId;
  if (isSame) return;
  throw new PerdureError(
    'idempotency-mismatch',
    `Session "${record.id}" exists with another agent or parent.`,
  );
}
