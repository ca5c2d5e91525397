import type { SessionEvent } from '../events/session-event.ts';
import type { Activity } from './activity.ts';
import { isOpenRun } from './is-open-run.ts';
import type { RunState } from './runtime-state.ts';

/** Folds one event into the runs: the last that ended, then the open ones in order of their queueing. */
export function reduceRuns(runs: readonly RunState[], activeAgent: string, event: SessionEvent): RunState[] {
  const { runId } = event;
  if (runId === undefined) return runs as RunState[];
  switch (event.type) {
    case 'message:queued':
      if (runs.some((run) => run.runId === runId)) return runs as RunState[]; // a steer joins a run that is there
      return [
        ...runs,
        { runId, status: 'queued', agent: event.agent ?? activeAgent, attempt: 1, queuedAt: event.at },
      ];
    case 'message:removed':
      return runs.filter((run) => run.runId !== runId || run.status !== 'queued');
    case 'message:promoted':
      return promoted(runs, runId);
    case 'run:started': {
      const { agent, attempt } = event.payload;
      return changed(runs, runId, (run) => ({
        ...run,
        status: 'running',
        agent,
        attempt,
        startedAt: event.at,
      }));
    }
    case 'run:waiting':
      return changed(runs, runId, (run) => ({ ...run, status: 'waiting' }));
    case 'run:resumed':
      return changed(runs, runId, (run) => ({ ...run, status: 'running' }));
    case 'run:stopping':
      return changed(runs, runId, (run) => ({ ...run, status: 'stopping' }));
    case 'run:completed': {
      const { usage } = event.payload;
      return ended(runs, runId, (run) => ({
        ...run,
        status: 'completed',
        ...(usage === undefined ? {} : { usage }),
        endedAt: event.at,
      }));
    }
    case 'run:failed':
      return ended(runs, runId, (run) => ({
        ...run,
        status: 'failed',
        error: event.payload,
        endedAt: event.at,
      }));
    case 'run:cancelled':
      return ended(runs, runId, (run) => ({ ...run, status: 'cancelled', endedAt: event.at }));
    case 'run:interrupted':
      return ended(runs, runId, (run) => ({ ...run, status: 'interrupted', endedAt: event.at }));
    default:
      return runs as RunState[];
  }
}

/** error if the last run that began has failed, else waiting, running, queued, idle. */
export function activityOf(runs: readonly RunState[]): Activity {
  const begun = runs.filter((run) => run.status !== 'queued');
  const last = begun.at(-1);
  if (last?.status === 'failed') return 'error';
  if (begun.some((run) => run.status === 'waiting')) return 'waiting';
  if (begun.some(isOpenRun)) return 'running';
  return runs.length > begun.length ? 'queued' : 'idle';
}

function changed(runs: readonly RunState[], runId: string, change: (run: RunState) => RunState): RunState[] {
  return runs.map((run) => (run.runId === runId && isOpenRun(run) ? change(run) : run));
}

/** The run that ended takes the place of the one that ended before it. */
function ended(runs: readonly RunState[], runId: string, change: (run: RunState) => RunState): RunState[] {
  const run = runs.find((candidate) => candidate.runId === runId && isOpenRun(candidate));
  if (run === undefined) return runs as RunState[];
  return [change(run), ...runs.filter((other) => other !== run && isOpenRun(other))];
}

function promoted(runs: readonly RunState[], runId: string): RunState[] {
  const run = runs.find((candidate) => candidate.runId === runId && candidate.status === 'queued');
  if (run === undefined) return runs as RunState[];
  const others = runs.filter((other) => other !== run);
  const firstQueued = others.findIndex((other) => other.status === 'queued');
  return others.toSpliced(firstQueued === -1 ? others.length : firstQueued, 0, run);
}
