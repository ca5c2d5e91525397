import type { Place } from '@perdure/protocol';
import type { SessionKey } from '../store/session-store.ts';

/** Where a follower is in a log: plain data, all that it costs while it is slow or idle. */
export interface FollowerState {
  readonly session: SessionKey;
  readonly types: ReadonlySet<string> | undefined;
  /** What the client has been told: `after` of its next frame. */
  told: Place;
  /** The last row looked at. Ahead of `told` only by rows that are not for this follower. */
  examined: Place;
  /** The furthest head heard of. */
  head: number;
  /** Whether the last frame said `live`. False until the first frame. */
  isLive: boolean;
  /** The sink took a frame and has no room for another. */
  isFull: boolean;
  /** An empty frame is due, to move the client's cursor over what was skipped. */
  isIdleDue: boolean;
  /** Nothing more is sent. */
  hasEnded: boolean;
}

export function followerAt(options: {
  readonly session: SessionKey;
  readonly types: ReadonlySet<string> | undefined;
  readonly place: Place;
}): FollowerState {
  const { session, types, place } = options;
  return {
    session,
    types,
    told: place,
    examined: place,
    head: place.seq,
    isLive: false,
    isFull: false,
    isIdleDue: false,
    hasEnded: false,
  };
}
