import type { RunStatus } from './runtime-state.ts';

const OPEN: ReadonlySet<RunStatus> = new Set<RunStatus>(['queued', 'running', 'waiting', 'stopping']);

/** Whether a run has still to end. */
export function isOpenRun(run: { readonly status: RunStatus }): boolean {
  return OPEN.has(run.status);
}
