import { isOpenRun } from './is-open-run.ts';
import type { SessionRuntime, SessionState } from './session-state-schema.ts';

/** What the session does now: the value that `status:changed` tells. */
export function runtimeOf(state: SessionState): SessionRuntime {
  const run = state.runs.find((candidate) => isOpenRun(candidate) && candidate.status !== 'queued') ?? null;
  return { activity: state.activity, environment: state.environment, run };
}

/** Whether two states differ in what `status:changed` tells. The fold shares structure, so identity is enough. */
export function sameRuntime(a: SessionState, b: SessionState): boolean {
  if (a === b) return true;
  return (
    a.activity === b.activity && a.environment === b.environment && runtimeOf(a).run === runtimeOf(b).run
  );
}
