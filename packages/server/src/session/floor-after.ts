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
 * F1. A run that begins in the append itself, where the one before it ends, lies above the floor and is no reason to wait: in a
 *     session that always has something to do, there is no other place for one.
 */
export function floorAfter(
  { before, state, after, through }: Pick<Decision, 'before' | 'state' | 'after' | 'through'>,
  floor: number,
  retention: Retention | undefined,
): number | undefined {
  if (retention === undefined || through - floor <= 2 * retention.keepEvents) return undefined;
  const wereRunning = new Set(before.runs.filter(isRunning).map(({ runId }) => runId));
  const running = state.runs.filter(isRunning);
  const goesOn = running.some(({ runId }) => wereRunning.has(runId));
  const isSpeaking = Object.values(state.conversations).some(({ blocks }) =>
    blocks.some(({ status }) => status === 'pending'),
  );
  if (goesOn || isSpeaking) return undefined;
  const due = through - retention.keepEvents;
  const place = running.length === 0 ? due : Math.min(due, after); // F1
  return place > floor ? place : undefined;
}

function isRunning(run: RunState): boolean {
  return isOpenRun(run) && run.status !== 'queued';
}
