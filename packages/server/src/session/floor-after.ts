import { isOpenRun } from '@perdure/protocol';
import type { Decision } from './decision.ts';

/** How much of a session's log is kept. */
export interface Retention {
  /** Events at the end of the log, as they were said: deltas count, though those of complete blocks are taken out. */
  readonly keepEvents: number;
}

/**
 * The floor that an append is to bring; `undefined`: none. It rises when the log is twice what is kept, so that a state is
 * written and rows are taken out once in so many events, and only where no run and no block is open.
 */
export function floorAfter(
  { state, through }: Pick<Decision, 'state' | 'through'>,
  floor: number,
  retention: Retention | undefined,
): number | undefined {
  if (retention === undefined || through - floor <= 2 * retention.keepEvents) return undefined;
  const isRunning = state.runs.some((run) => isOpenRun(run) && run.status !== 'queued');
  const isSpeaking = Object.values(state.conversations).some(({ blocks }) =>
    blocks.some(({ status }) => status === 'pending'),
  );
  return isRunning || isSpeaking ? undefined : through - retention.keepEvents;
}
