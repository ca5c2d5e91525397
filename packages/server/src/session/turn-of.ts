import { type Block, MAIN_CONVERSATION, type RunState, type SessionState, textOf } from '@perdure/protocol';
import type { Turn } from '../environment/execution-environment.ts';
import type { SessionReads } from './session-reads.ts';

/** What an agent is given of a message that was delivered; `undefined` if the conversation has no such message. */
export function turnOf(
  state: SessionState,
  run: RunState,
  messageId: string,
  reads: SessionReads,
): Turn | undefined {
  const blocks = state.conversations[MAIN_CONVERSATION]?.blocks;
  const message = blocks?.findLast((block) => block.id === messageId);
  if (message?.type !== 'user_message') return undefined;
  return {
    runId: run.runId,
    attempt: run.attempt,
    conversationId: MAIN_CONVERSATION,
    message,
    content: message.content,
    text: textOf(message.content),
    agent: run.agent,
    options: state.options,
    history: async () => withShown(await reads.history(MAIN_CONVERSATION), blocks ?? []),
  };
}

/** Before what the store keeps, the completed blocks that the state still shows: an agent forgets nothing that people see. */
function withShown(kept: readonly Block[], shown: readonly Block[]): readonly Block[] {
  const [oldest] = kept;
  const first = oldest === undefined ? Number.POSITIVE_INFINITY : (oldest.seq ?? 0);
  const before = shown.filter(({ status, seq = 0 }) => status !== 'pending' && seq < first);
  return before.length === 0 ? kept : [...before, ...kept];
}
