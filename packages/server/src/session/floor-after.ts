import { isOpenRun, type RunState } from '@perdure/protocol';
import type { Decision } from './decision.ts';

/** How much of a session's log is kept. */
export interface Retention {
  /** Events at the end of the log, as they were said: deltas count, though those of complete blocks are taken out. */
  readonly keepEvents: number;
}

/**
 * The floor that an append is to bring; `undefined`: none. It rises when the log is twice what is kept, so that a state is
 * written and rows are taken out once in so many events, and only where no run and no block goes on.
 *
 * F1. All that the append itself says lies above it: a run that begins there, where the one before it ends, is no reason to wait.
 *     In a session that always has something to do, there is no other place for a floor.
 */
export function floorAfter(
  { before, state, after, through }: Pick<Decision, 'before' | 'state' | 'after' | 'through'>,
  floor: number,
  retention: Retention | undefined,
): number | undefined {
  if (retention === undefined || through - floor <= 2 * retention.keepEvents) return undefined;
  const running = new Set(before.runs.filter(isRunning).map(({ runId }) => runId));
  const goesOn = state.runs.some((run) => isRunning(run) && running.has(run.runId));
  const isSpeaking = Object.values(state.conversations).some(({ blocks }) =>
    blocks.some(({ status }) => status === 'pending'),
  );
  if (goesOn || isSpeaking) return undefined;
  const place = Math.min(through - retention.keepEvents, after); // F1
  return place > floor ? place : undefined;
}

function isRunning(run: RunState): boolean {
  return isOpenRun(run) && run.status !== 'queued';
}
