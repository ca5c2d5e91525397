import type { Block, BlocksInput, Page, SessionState } from '@perdure/protocol';
import type { CallOptions } from '../perdure-client.ts';
import type { OlderPages, Windowed } from './older-pages.ts';
import type { SessionStore } from './session-store.ts';

/** Half are known already when the first page is read: a snapshot holds 50. */
const PAGE_BLOCKS = 100;

export interface OlderBlocksOptions {
  /** What is known of the session now. */
  get(): SessionStore;
  set(store: SessionStore): void;
  blocks(input: BlocksInput, options: CallOptions): Promise<Page<Block>>;
}

/** Fetches older completed blocks into the state. False: there are none. */
export async function loadOlder(
  { get, set, blocks }: OlderBlocksOptions,
  conversationId: string,
  options: CallOptions,
): Promise<boolean> {
  for (;;) {
    const { id, state: before, older: pages } = get();
    if (before?.conversations[conversationId]?.hasOlder !== true) return false;
    const cursor = pages[conversationId]?.cursor;
    const input = { sessionId: id, conversationId, limit: PAGE_BLOCKS, order: 'desc', cursor } as const;
    const page = await blocks(input, options);
    const { state, older } = get();
    // While the page was on its way, a snapshot or a shorter window may have made it the wrong one.
    if (state === undefined || older[conversationId]?.cursor !== cursor) continue;
    const { isNew, ...added } = withOlderPage(state, older, conversationId, page);
    set({ ...get(), ...added });
    if (isNew) return true;
  }
}

/** What a page of older blocks adds to a state; `isNew` is false if it held nothing that was not there. */
function withOlderPage(
  state: SessionState,
  older: OlderPages,
  conversationId: string,
  page: Page<Block>,
): Windowed<SessionState> & { readonly isNew: boolean } {
  const conversation = state.conversations[conversationId];
  if (conversation === undefined) return { state, older, isNew: false };
  const known = new Set(conversation.blocks.map(({ id }) => id));
  const first = Math.min(...conversation.blocks.filter(isCompleted).map(seqOf));
  // The page may have blocks that were completed since: those come as events.
  const added = page.items.filter((block) => !known.has(block.id) && seqOf(block) < first);
  const blocks = [...added, ...conversation.blocks].toSorted((a, b) => seqOf(a) - seqOf(b));
  const before = older[conversationId]?.fetched ?? 0;
  return {
    state: {
      ...state,
      conversations: {
        ...state.conversations,
        [conversationId]: { ...conversation, blocks, hasOlder: page.nextCursor !== null },
      },
    },
    older: {
      ...older,
      [conversationId]: { cursor: page.nextCursor ?? undefined, fetched: before + added.length },
    },
    isNew: added.length > 0,
  };
}

const isCompleted = (block: Block) => block.status !== 'pending';
const seqOf = (block: Block) => block.seq ?? 0;
