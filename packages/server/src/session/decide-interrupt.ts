import { isOpenRun, PerdureError, type RunState } from '@perdure/protocol';
import { cancelQueuedRun } from './decide-queue.ts';
import type { CommandContext } from './command-context.ts';
import type { CommandAnswer, SessionCommands } from './session-command.ts';

/** Asks a run to end. The answer says where that stands; the end itself follows within a second. */
export async function decideInterrupt(
  context: CommandContext,
  input: SessionCommands['interrupt'],
): Promise<CommandAnswer> {
  const { decision, reads } = context;
  const { runId } = input;
  const run = decision.state.runs.find((candidate) => candidate.runId === runId) ?? (await reads.run(runId));
  if (run === undefined) throw new PerdureError('run-not-found', `This session has no run "${runId}".`);
  if (!isOpenRun(run)) return { seq: run.endSeq ?? decision.through, duplicate: true };
  if (run.status === 'stopping') return { seq: decision.through, duplicate: true };
  return run.status === 'queued' ? cancelQueued(context, run) : stop(context, run, input.next ?? false);
}

function stop({ decision, actor }: CommandContext, run: RunState, next: boolean): CommandAnswer {
  const { runId, agent } = run;
  const { seq } = decision.add({ type: 'run:stopping', payload: {}, actor, source: 'user', runId, agent });
  if (!next && decision.state.held === null) {
    decision.add({ type: 'queue:held', payload: { reason: 'interrupt' }, actor, source: 'user' });
  }
  decision.follow({ kind: 'abort', runId });
  return { seq };
}

/** A run that never began ends here, and its message is not delivered. */
function cancelQueued(context: CommandContext, { runId }: RunState): CommandAnswer {
  const message = context.decision.state.queue.find((queued) => queued.runId === runId);
  if (message !== undefined) return cancelQueuedRun(context, message.messageId, runId);
  return { seq: context.decision.through, duplicate: true };
}
