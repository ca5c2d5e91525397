import { useMemo } from 'react';
import { usePerdure } from './perdure-context.ts';
import {
  createSessionListing,
  EMPTY_LIST,
  type SessionListing,
  type SessionListQuery,
  type SessionListState,
} from './session-listing.ts';
import { useStore } from './use-session-store.ts';

export interface SessionListHandle extends SessionListState {
  /** Fetches the next page; does nothing when there is none, or one is on its way. */
  readonly loadMore: () => Promise<void>;
  /** Fetches what is shown again. */
  readonly refresh: () => Promise<void>;
}

/** Reads the sessions you may see, last changed first. It asks; it is not told of changes: `refresh` asks again. */
export function useSessionList(query: SessionListQuery = {}): SessionListHandle {
  const { client, frames } = usePerdure('useSessionList');
  // By its text: a query written in the component is another object in every render.
  const key = JSON.stringify(query);
  const listing = useMemo(
    () => createSessionListing(client.sessions, JSON.parse(key) as SessionListQuery),
    [client, key],
  );
  const select = useMemo(() => withMethods(listing), [listing]);
  return useStore(listing, frames, EMPTY_LIST, select);
}

function withMethods({ loadMore, refresh }: SessionListing) {
  return (state: SessionListState): SessionListHandle => ({ ...state, loadMore, refresh });
}
