// I17 Recovering what is recovered changes nothing: after a first recovery of what a crash left, each further one leaves the
// log as it is. G7: what was open is ended by the first, and what waits goes on: its environment is started.
import { isOpenRun } from '@perdure/protocol';
import type { World } from './world.ts';
import { play } from './run-seed.ts';

/** Long enough for a recovery: it needs one append for each session. */
const RECOVERY_MS = 5_000;
const RECOVERIES = 3;

/** Everything dies at once; then one host after the other comes up, recovers, and dies. */
export async function checkRecovery(world: World): Promise<void> {
  if (world.violation !== undefined) return;
  const { hosts, ledger, machines, time } = world;
  for (const { process } of [...machines, world.stranger]) time.kill(process);
  world.isHealed = true;
  world.isRecovering = true;
  hosts.slowUntilMs = 0;
  /** Heads of the logs in which nothing waits. */
  const rested = new Map<number, number>();
  for (let round = 1; round <= RECOVERIES && world.violation === undefined; round += 1) {
    hosts.stopAll();
    hosts.boot();
    await play(world, time.nowMs + RECOVERY_MS);
    for (const session of ledger.sessions.values()) {
      const { id, key, head, state, isDeleted } = session;
      if (isDeleted) continue;
      const open = state.runs.find((run) => isOpenRun(run) && run.status !== 'queued');
      if (open !== undefined)
        world.fail('I10', `Run ${open.runId} of ${id} is open after recovery ${round}.`);
      const waits = state.queue.length > 0 && state.held === null && !state.archived;
      if (waits && state.environment.status !== 'starting')
        world.fail(
          'I10',
          `${state.queue.length} messages of ${id} wait after recovery ${round}, and the environment is ${state.environment.status}.`,
        );
      const before = rested.get(key);
      if (before !== undefined && before !== head)
        world.fail('I17', `Recovery ${round} of ${id} took the log from ${before} to ${head}.`);
      // With messages that wait, each recovery starts an environment for them, which dies with its host.
      if (!waits) rested.set(key, head);
    }
  }
  hosts.stopAll();
}
