import type { SessionEvent } from '../events/session-event.ts';
import type { Activity } from './activity.ts';
import { definedOf } from './defined-of.ts';
import { isOpenRun } from './is-open-run.ts';
import type { RunState } from './runtime-state.ts';
import type { SessionState } from './session-state-schema.ts';

/** Folds one event into the runs: the last that ended, then the open ones in order of their queueing. */
export function reduceRuns(state: SessionState, event: SessionEvent): RunState[] {
  const { runs, queue } = state;
  const { runId } = event;
  if (runId === undefined) return runs;
  switch (event.type) {
    case 'message:queued':
      if (runs.some((run) => run.runId === runId)) return runs; // a steer joins a run that is there
      return [
        ...runs,
        {
          runId,
          status: 'queued',
          agent: event.agent ?? state.agent,
          attempt: 1,
          queuedAt: event.at,
          actor: event.actor,
        },
      ];
    case 'message:removed':
      if (queue.some((message) => message.runId === runId)) return runs; // others still wait for this run
      return runs.filter((run) => run.runId !== runId || run.status !== 'queued');
    case 'message:promoted':
      return promoted(runs, runId);
    case 'run:started': {
      const { agent, attempt } = event.payload;
      return changed(runs, runId, { status: 'running', agent, attempt, startedAt: event.at });
    }
    case 'run:waiting':
      return changed(runs, runId, { status: 'waiting' });
    case 'run:resumed':
      return changed(runs, runId, { status: 'running' });
    case 'run:stopping':
      return changed(runs, runId, { status: 'stopping' });
    case 'run:completed':
      return ended(runs, event, { status: 'completed', ...definedOf({ usage: event.payload.usage }) });
    case 'run:failed':
      return ended(runs, event, { status: 'failed', error: event.payload });
    case 'run:cancelled':
      return ended(runs, event, { status: 'cancelled' });
    case 'run:interrupted':
      return ended(runs, event, { status: 'interrupted' });
    default:
      return runs;
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

function changed(runs: RunState[], runId: string, change: Partial<RunState>): RunState[] {
  return runs.map((run) => (run.runId === runId && isOpenRun(run) ? { ...run, ...change } : run));
}

/** The run that ended takes the place of the one that ended before it. */
function ended(runs: RunState[], { runId, at, seq }: SessionEvent, change: Partial<RunState>): RunState[] {
  const run = runs.find((candidate) => candidate.runId === runId && isOpenRun(candidate));
  if (run === undefined) return runs;
  const others = runs.filter((other) => other !== run && isOpenRun(other));
  return [{ ...run, ...change, endedAt: at, endSeq: seq }, ...others];
}

function promoted(runs: RunState[], runId: string): RunState[] {
  const run = runs.find((candidate) => candidate.runId === runId && candidate.status === 'queued');
  if (run === undefined) return runs;
  const others = runs.filter((other) => other !== run);
  const firstQueued = others.findIndex((other) => other.status === 'queued');
  return others.toSpliced(firstQueued === -1 ? others.length : firstQueued, 0, run);
}
