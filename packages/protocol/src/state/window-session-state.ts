import type { Conversation, SessionState } from './session-state-schema.ts';

/** Completed blocks of a conversation that a snapshot holds; older ones are read in pages. */
export const SNAPSHOT_BLOCKS = 50;

/** Keeps, of each conversation, the newest `keep` completed blocks by start order and every open one. */
export function windowSessionState(state: SessionState, keep: number = SNAPSHOT_BLOCKS): SessionState {
  const entries = Object.entries(state.conversations);
  const windowed = entries.map(([id, conversation]) => [id, windowConversation(conversation, keep)] as const);
  const isSame = windowed.every(([, conversation], index) => conversation === entries[index]?.[1]);
  return isSame ? state : { ...state, conversations: Object.fromEntries(windowed) };
}

function windowConversation(conversation: Conversation, keep: number): Conversation {
  let surplus = conversation.blocks.filter((block) => block.status !== 'pending').length - keep;
  if (surplus <= 0) return conversation;
  const blocks = conversation.blocks.filter((block) => block.status === 'pending' || surplus-- <= 0);
  return { ...conversation, blocks, hasOlder: true };
}
