import type { SessionKey } from '../store/session-store.ts';

/** A client's moving place in a session's log. Plain data: a follower is a cursor, not a queue. */
export interface Follower {
  readonly session: SessionKey;
  readonly sessionId: string;
  readonly principalId: string;
  /** Only events of these types; none: all. */
  readonly types: ReadonlySet<string> | undefined;
  /** Where it wants to begin. `lastEventId` wins. */
  readonly lastEventId: string | undefined;
  readonly from: 'snapshot' | 'beginning' | 'now';
}
