import { type Block, isOpenRun, MAIN_CONVERSATION, PerdureError } from '@perdure/protocol';
import type { CommandContext } from './command-context.ts';
import type { CommandAnswer, SessionCommands } from './session-command.ts';
import { startNextRun } from './start-next-run.ts';

/** A message is accepted by its event; a run is queued with it, and starts in the same append if nothing is before it. */
export function decideSubmit(context: CommandContext, input: SessionCommands['submit']): CommandAnswer {
  const { decision } = context;
  refuseUnoffered(input);
  const { state } = decision;
  if (input.ifAgent !== undefined && input.ifAgent !== state.agent) {
    throw new PerdureError('agent-not-active', `Agent "${state.agent}" is active, not "${input.ifAgent}".`);
  }
  return input.run === false ? writeDown(context, input) : queueRun(context, input);
}

function queueRun(context: CommandContext, input: SessionCommands['submit']): CommandAnswer {
  const { decision, actor, commandId, limits } = context;
  const max = limits.sessionQueuedMessages;
  const position = decision.state.queue.length;
  if (position >= max) {
    throw new PerdureError(
      'queue-full',
      `The session has ${max} queued messages already; wait until some were delivered.`,
      {
        details: { limit: 'sessionQueuedMessages', max, current: position },
      },
    );
  }
  const runId = context.newId();
  const messageId = context.newId();
  const { agent } = decision.state;
  const delivery = input.delivery ?? 'queue';
  const stamp = { actor, source: 'user', runId } as const;
  if (decision.state.held !== null)
    decision.add({ type: 'queue:released', payload: {}, actor, source: 'user' });
  const payload = { messageId, commandId, content: input.content, delivery };
  const queued = decision.add({
    type: 'message:queued',
    payload,
    ...stamp,
    agent,
    conversationId: MAIN_CONVERSATION,
  });
  if (delivery === 'interrupt' && interruptOpenRun(context)) {
    decision.add({ type: 'message:promoted', payload: { messageId }, ...stamp });
    return { seq: queued.seq, runId, position: 0 };
  }
  startNextRun(decision, context);
  return { seq: queued.seq, runId, position };
}

/** Without a run the message is history at once. */
function writeDown(context: CommandContext, input: SessionCommands['submit']): CommandAnswer {
  const { decision, actor, commandId } = context;
  const messageId = context.newId();
  const stamp = { actor, source: 'user', conversationId: MAIN_CONVERSATION } as const;
  const payload = { messageId, commandId, content: input.content, delivery: 'queue' } as const;
  const queued = decision.add({ type: 'message:queued', payload, ...stamp });
  const block: Block = { id: messageId, type: 'user_message', status: 'complete', content: input.content };
  decision.add({ type: 'message:delivered', payload: { messageId, block }, ...stamp });
  return { seq: queued.seq };
}

function interruptOpenRun({ decision, actor }: CommandContext): boolean {
  const run = decision.state.runs.find((candidate) => isOpenRun(candidate) && candidate.status !== 'queued');
  if (run === undefined) return false;
  if (run.status !== 'stopping') {
    decision.add({
      type: 'run:stopping',
      payload: {},
      actor,
      source: 'user',
      runId: run.runId,
      agent: run.agent,
    });
    decision.follow({ kind: 'abort', runId: run.runId });
  }
  return true;
}

/** Parts of the contract that no environment of this release can honour: refused in words, never done halfway. */
function refuseUnoffered(input: SessionCommands['submit']): void {
  const unoffered =
    input.delivery === 'steer'
      ? 'delivery: steer'
      : input.after !== undefined
        ? 'after'
        : input.debounceMs !== undefined
          ? 'debounceMs'
          : undefined;
  if (unoffered === undefined) return;
  throw new PerdureError(
    'not-implemented',
    `This server does not offer "${unoffered}" yet; submit without it.`,
  );
}
