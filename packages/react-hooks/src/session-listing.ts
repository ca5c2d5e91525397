import type { ClientSessions, ListInput, PerdureError, SessionListItem } from '@perdure/client';
import { toPerdureError } from './to-perdure-error.ts';
import type { Readable } from './use-session-store.ts';

export type SessionListQuery = Omit<ListInput, 'cursor' | 'count'>;

export interface SessionListState {
  readonly items: readonly SessionListItem[];
  /** Whether a page is on its way: the first, the next, or the first again. */
  readonly isLoading: boolean;
  readonly error: PerdureError | undefined;
  readonly hasMore: boolean;
}

export interface SessionListing extends Readable<SessionListState> {
  loadMore(): Promise<void>;
  refresh(): Promise<void>;
}

export const EMPTY_LIST: SessionListState = { items: [], isLoading: true, error: undefined, hasMore: false };

/**
 * One query of the session list, page by page. A page is asked for when the first listener comes; when the last
 * has gone, what is under way is given up. Failures become `error`: no method rejects.
 */
export function createSessionListing(sessions: ClientSessions, query: SessionListQuery): SessionListing {
  const listeners = new Set<() => void>();
  let state = EMPTY_LIST;
  let next: string | null = null;
  let request: AbortController | undefined;

  const set = (change: Partial<SessionListState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  /** Reads on from `cursor` until there are as many items as asked for, and puts them behind `before`. */
  async function read(before: readonly SessionListItem[], cursor: string | null, atLeast: number) {
    request?.abort();
    const current = new AbortController();
    request = current;
    set({ isLoading: true });
    const items = new Map(before.map((item) => [item.id, item]));
    let after = cursor;
    try {
      do {
        const position = after === null ? {} : { cursor: after };
        const page = await sessions.list({ ...query, ...position }, { signal: current.signal });
        if (current.signal.aborted) return;
        for (const item of page.items) if (item !== null) items.set(item.id, item);
        after = page.nextCursor;
      } while (after !== null && items.size < atLeast);
      next = after;
      request = undefined;
      set({ items: [...items.values()], isLoading: false, error: undefined, hasMore: after !== null });
    } catch (error) {
      if (current.signal.aborted) return;
      request = undefined;
      set({ isLoading: false, error: toPerdureError(error) });
    }
  }

  return {
    getSnapshot: () => state,
    subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) void read([], null, 1);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) request?.abort();
      };
    },
    async loadMore() {
      if (next !== null && request === undefined) await read(state.items, next, state.items.length + 1);
    },
    refresh: () => read([], null, state.items.length),
  };
}
