import { type Block, isOpenRun, MAIN_CONVERSATION, type QueuedMessage } from '@perdure/protocol';
import type { AgentDefinition } from '../environment/execution-environment.ts';
import type { Decision } from './decision.ts';
import type { EnvironmentPresence } from './environment-presence.ts';

export interface RunPlace {
  readonly environment: EnvironmentPresence;
  readonly agents: ReadonlyMap<string, AgentDefinition>;
  /** False while the server drains: what waits stays in the queue for the next start. */
  readonly mayStart: boolean;
}

/** Starts the next queued run, if one waits and nothing keeps it back; its environment first, if there is none. */
export function startNextRun(decision: Decision, place: RunPlace): void {
  const { state } = decision;
  if (!place.mayStart || state.held !== null || state.archived) return;
  if (state.runs.some((run) => isOpenRun(run) && run.status !== 'queued')) return;
  // A message without a queued run was delivered by an event that cannot be read any more.
  const isWaiting = (runId?: string) =>
    state.runs.some((run) => run.runId === runId && run.status === 'queued');
  const message = state.queue.find((queued) => isWaiting(queued.runId));
  if (message === undefined) return;
  switch (place.environment) {
    case 'starting':
      return;
    case 'absent':
      startEnvironment(decision, place, message);
      return;
    case 'ready':
      startRun(decision, message);
      return;
    default:
      place.environment satisfies never;
  }
}

function startEnvironment(decision: Decision, place: RunPlace, { actor }: QueuedMessage): void {
  const { agent } = decision.state;
  const definition = place.agents.get(agent);
  decision.add({ type: 'environment:starting', payload: {}, actor, source: 'environment', agent });
  if (definition === undefined) {
    const message = `This server hosts no agent "${agent}" any more; the messages wait until it does.`;
    decision.add({
      type: 'environment:error',
      payload: { code: 'unknown-agent', message },
      actor,
      source: 'environment',
      agent,
    });
    return;
  }
  decision.follow({ kind: 'start-environment', agent, definition });
}

/** The block of a message has the message's id: a client that sent it knows it when it comes. */
function startRun(decision: Decision, message: QueuedMessage): void {
  const { agent } = decision.state;
  const { messageId, runId, actor, content, after } = message;
  if (runId === undefined) return;
  const block: Block = {
    id: messageId,
    type: 'user_message',
    status: 'complete',
    content,
    ...(after === undefined ? {} : { parentId: after }),
  };
  decision.add({
    type: 'message:delivered',
    payload: { messageId, block },
    actor,
    source: 'user',
    conversationId: MAIN_CONVERSATION,
    runId,
  });
  decision.add({
    type: 'run:started',
    payload: { agent, attempt: 1 },
    actor,
    source: 'server',
    runId,
    agent,
  });
  decision.follow({ kind: 'run', runId, messageId });
}
