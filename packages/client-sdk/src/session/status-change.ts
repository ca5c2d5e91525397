import {
  type AnyEvent,
  runtimeOf,
  type SessionEvent,
  type SessionState,
  sameRuntime,
} from '@perdure/protocol';

type Cause = Pick<AnyEvent, 'seq' | 'at' | 'actor'>;

/** The derived event that tells that a session does something else now; it has the place of what caused it. */
export function statusChange(
  before: SessionState | undefined,
  after: SessionState,
  { seq, at, actor }: Cause,
): SessionEvent<'status:changed'> | undefined {
  if (before === undefined || sameRuntime(before, after)) return undefined;
  const runtime = runtimeOf(after);
  // A snapshot shares nothing with the state before it: then the values decide.
  if (JSON.stringify(runtimeOf(before)) === JSON.stringify(runtime)) return undefined;
  return { seq, at, type: 'status:changed', payload: { runtime }, actor, source: 'server' };
}
