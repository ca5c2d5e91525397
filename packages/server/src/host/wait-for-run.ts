import type { RunState } from '@perdure/protocol';
import { isOpenRun } from '@perdure/protocol';
import type { AgentSession } from '../session/agent-session.ts';
import type { Clock } from '../session/clock.ts';

const ENDS = ['run:completed', 'run:failed', 'run:cancelled', 'run:interrupted'] as const;

/** Resolves when the run has ended, the time is over, or the signal aborts. */
export async function waitForRun(
  session: AgentSession,
  runId: string,
  {
    clock,
    waitMs,
    signal,
  }: { readonly clock: Clock; readonly waitMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      subscription.close();
      cancelTimer();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const subscription = session.bus.subscribe('committed', ENDS, (event) => {
      if (event.runId === runId) done();
    });
    const cancelTimer = clock.timer(waitMs, done);
    signal?.addEventListener('abort', done, { once: true });
    const run: RunState | undefined = session.state.current.runs.find(
      (candidate) => candidate.runId === runId,
    );
    if (run === undefined || !isOpenRun(run)) done();
  });
}
