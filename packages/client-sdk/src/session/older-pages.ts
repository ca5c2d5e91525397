import { type Block, type Page, type SessionState, windowSessionState } from '@perdure/protocol';

/** How far back the pages of a conversation were read. */
export interface OlderPage {
  /** What asks for the next page; none: begin with the newest blocks. */
  readonly cursor: string | undefined;
  /** Blocks that were fetched, beyond those that are kept anyway. */
  readonly fetched: number;
}

export type OlderPages = Readonly<Record<string, OlderPage>>;

interface Windowed<S extends SessionState | undefined> {
  readonly state: S;
  readonly older: OlderPages;
}

/** Drops completed blocks beyond the bound. Where that makes a hole below fetched pages, they are read from the start again. */
export function windowBlocks<S extends SessionState | undefined>(
  state: S,
  older: OlderPages,
  keepBlocks: number,
): Windowed<S> {
  if (state === undefined) return { state, older };
  const fetched = Object.values(older).reduce((sum, page) => sum + page.fetched, 0);
  const windowed = windowSessionState(state, keepBlocks + fetched);
  if (windowed === state) return { state, older };
  const kept = Object.entries(older).map(([id, page]) => {
    const isWhole = windowed.conversations[id]?.blocks === state.conversations[id]?.blocks;
    return [id, isWhole ? page : { ...page, cursor: undefined }] as const;
  });
  return { state: windowed as S, older: Object.fromEntries(kept) };
}

/** What a page of older blocks adds to a state; `isNew` is false if it held nothing that was not there. */
export function withOlderPage(
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
