import type { Decision } from './decision.ts';
import { actorOf, endRun } from './end-run.ts';
import { openRun } from './open-run.ts';
import { terminateEnvironment } from './terminate-environment.ts';

/** Ends what is open when a session leaves memory: as cancelled, but by a shutdown that nobody asked the run for. */
export function decideClose(decision: Decision, end: 'unloaded' | 'shutdown', newId: () => string): void {
  const run = openRun(decision.state);
  if (run !== undefined) {
    const isAsked = end === 'unloaded' || run.status === 'stopping';
    endRun(
      decision,
      run,
      isAsked ? { kind: 'cancelled' } : { kind: 'interrupted', reason: 'shutdown' },
      newId,
    );
  }
  terminateEnvironment(decision, end === 'shutdown' ? 'shutdown' : 'manual', run && actorOf(run));
}
