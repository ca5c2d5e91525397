import { PerdureError, type QueuedMessage } from '@perdure/protocol';
import type { CommandContext } from './command-context.ts';
import type { CommandAnswer, SessionCommands } from './session-command.ts';
import { startNextRun } from './start-next-run.ts';

export function decideQueueUpdate(
  context: CommandContext,
  input: SessionCommands['queue.update'],
): CommandAnswer {
  const { runId, messageId } = waiting(context, input.messageId);
  const { decision, actor } = context;
  const payload = { messageId, content: input.content };
  return { seq: decision.add({ type: 'message:edited', payload, actor, source: 'user', runId }).seq };
}

/** The run that would have answered it ends here: it never began. */
export function decideQueueRemove(
  context: CommandContext,
  input: SessionCommands['queue.remove'],
): CommandAnswer {
  const { runId } = waiting(context, input.messageId);
  return cancelQueuedRun(context, input.messageId, runId);
}

export function decideQueuePromote(
  context: CommandContext,
  input: SessionCommands['queue.promote'],
): CommandAnswer {
  const { runId, messageId } = waiting(context, input.messageId);
  const { decision, actor } = context;
  return {
    seq: decision.add({ type: 'message:promoted', payload: { messageId }, actor, source: 'user', runId }).seq,
  };
}

/** The open run goes on to its end; none starts after it. */
export function decideQueueHold(context: CommandContext): CommandAnswer {
  const { decision, actor } = context;
  if (decision.state.held === 'user') return { seq: decision.through, duplicate: true };
  return {
    seq: decision.add({ type: 'queue:held', payload: { reason: 'user' }, actor, source: 'user' }).seq,
  };
}

export function decideQueueRelease(context: CommandContext): CommandAnswer {
  const { decision, actor } = context;
  if (decision.state.held === null && context.environment !== 'absent')
    return { seq: decision.through, duplicate: true };
  const isHeld = decision.state.held !== null;
  const seq = isHeld
    ? decision.add({ type: 'queue:released', payload: {}, actor, source: 'user' }).seq
    : decision.through;
  startNextRun(decision, context); // also the way to try again after an environment could not start
  return { seq };
}

/** Takes a message out of the queue and ends its run. */
export function cancelQueuedRun(
  { decision, actor }: CommandContext,
  messageId: string,
  runId: string | undefined,
): CommandAnswer {
  const stamp = { actor, source: 'user', runId } as const;
  if (runId !== undefined) decision.add({ type: 'run:cancelled', payload: {}, ...stamp });
  return { seq: decision.add({ type: 'message:removed', payload: { messageId }, ...stamp }).seq };
}

function waiting({ decision }: CommandContext, messageId: string): QueuedMessage {
  const message = decision.state.queue.find((queued) => queued.messageId === messageId);
  if (message !== undefined) return message;
  throw new PerdureError(
    'message-not-found',
    `No message "${messageId}" waits: it was delivered or taken back.`,
  );
}
