import type { Clock } from './clock.ts';
import type { Decision } from './decision.ts';
import { actorOf, endRun } from './end-run.ts';
import { openRun } from './open-run.ts';
import { CRASH_WINDOW_MS, CRASHED_STAGE } from './recent-crashes.ts';
import type { SessionReads } from './session-reads.ts';
import { type RunPlace, startNextRun } from './start-next-run.ts';
import { terminateEnvironment } from './terminate-environment.ts';

/** So many crashes of late hold the queue: whatever waits may be what kills the server. */
const CRASHES = 3;

export interface RecoveryContext extends RunPlace {
  readonly decision: Decision;
  readonly reason: 'crash' | 'store';
  readonly clock: Clock;
  readonly reads: SessionReads;
  readonly newId: () => string;
}

/**
 * Ends what a process that is gone left open, in one append, and goes on with the messages that were never delivered.
 * A delivered message never runs again by itself. On a session that ended in order it decides nothing.
 */
export async function decideRecovery(context: RecoveryContext): Promise<void> {
  const { decision, reason, newId } = context;
  const run = openRun(decision.state);
  const isStartCrash = reason === 'crash' && decision.state.environment.status === 'starting';
  if (run !== undefined) endRun(decision, run, { kind: 'interrupted', reason }, newId);
  if (isStartCrash) failStart(decision);
  else terminateEnvironment(decision, 'unhealthy', run && actorOf(run));
  const isCrash = isStartCrash || (run !== undefined && reason === 'crash');
  if (isCrash && (await isCrashLoop(context))) {
    decision.add({
      type: 'queue:held',
      payload: { reason: 'crashes' },
      actor: { principalId: 'system' },
      source: 'server',
    });
  }
  startNextRun(decision, context);
}

/** A start may be what ended the process: it counts as a crash, and says so. */
function failStart(decision: Decision): void {
  const { agent, queue } = decision.state;
  decision.add({
    type: 'environment:error',
    payload: {
      code: 'environment-failed',
      message: 'The server ended while the environment was starting.',
      stage: CRASHED_STAGE,
    },
    actor: queue[0]?.actor ?? { principalId: 'system' },
    source: 'environment',
    agent,
  });
}

async function isCrashLoop({ clock, reads }: RecoveryContext): Promise<boolean> {
  const before = await reads.crashesSince(clock.iso(clock.now() - CRASH_WINDOW_MS));
  return before + 1 >= CRASHES;
}
