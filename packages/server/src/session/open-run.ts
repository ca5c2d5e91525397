import { isOpenRun, type RunState, type SessionState } from '@perdure/protocol';

/** The run that has begun and not ended; there is at most one. */
export function openRun(state: SessionState): RunState | undefined {
  return state.runs.find((run) => isOpenRun(run) && run.status !== 'queued');
}

/** Whether what a run says still counts: from `run:stopping` on it does not. */
export function speaks(state: SessionState, runId: string | undefined): boolean {
  const run = openRun(state);
  return run !== undefined && run.runId === runId && run.status !== 'stopping';
}
