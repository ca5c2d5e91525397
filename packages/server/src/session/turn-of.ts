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

/**
 * With what the store keeps, the completed blocks that the state still shows: an agent forgets nothing that people see. They may
 * lie between kept ones too: a block is kept by its end, and what it spans ended before.
 */
function withShown(kept: readonly Block[], shown: readonly Block[]): readonly Block[] {
  const ids = new Set(kept.map(({ id }) => id));
  const missing = shown.filter(({ id, status }) => status !== 'pending' && !ids.has(id));
  if (missing.length === 0) return kept;
  return [...missing, ...kept].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
}
