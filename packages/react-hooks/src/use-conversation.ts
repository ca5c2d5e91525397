import { type Block, MAIN_CONVERSATION, type SessionView } from '@perdure/client';
import { useMemo } from 'react';
import { type ConversationView, conversationViewer } from './conversation-view.ts';
import { type Equality, useSessionStore } from './use-session-store.ts';

export interface ConversationOptions {
  /** Default: `main`. A sub-agent's thread has the id that its events carry. */
  readonly conversationId?: string | undefined;
}

export interface SelectedConversationOptions<V> extends ConversationOptions {
  /** Picks what the component shows; it renders anew only when that has changed. */
  readonly select: (conversation: ConversationView) => V;
  /** When two selections are the same. Default: one level deep. */
  readonly isEqual?: Equality<V> | undefined;
}

const blocksOf = (conversation: ConversationView) => conversation.blocks;

/** Follows what is said in a session. */
export function useConversation<V>(id: string, options: SelectedConversationOptions<V>): V;
export function useConversation(id: string, options?: ConversationOptions): readonly Block[];
export function useConversation(
  id: string,
  options: ConversationOptions & Partial<SelectedConversationOptions<unknown>> = {},
): unknown {
  const { conversationId = MAIN_CONVERSATION, select = blocksOf, isEqual } = options;
  const viewOf = useMemo(() => conversationViewer(conversationId), [conversationId]);
  const selectFrom = useMemo(() => (view: SessionView) => select(viewOf(view)), [select, viewOf]);
  return useSessionStore('useConversation', id, selectFrom, isEqual);
}
