import type { SnapshotReason } from '@perdure/protocol';
import type { LogPage, SessionKey } from '../store/session-store.ts';

/** A cursor held against the log. */
export type Located =
  | { readonly kind: 'valid'; readonly seq: number }
  | { readonly kind: 'lost'; readonly reason: Extract<SnapshotReason, 'epoch' | 'ahead' | 'retention'> };

/** A state of a session and its place. */
export interface PlacedState {
  readonly epoch: number;
  readonly seq: number;
  /** The state as JSON text. */
  readonly json: string;
}

/** What a hub needs of the log: never a session. */
export interface FollowSource {
  /** Rows after a place. Answers at once where it can, so that catch-up and tail are one loop with nothing between. */
  read(session: SessionKey, after: number, maxBytes: number): LogPage | Promise<LogPage>;
  /** Epoch and seq of the last event. Rejects with `session-not-found` when there is none. */
  head(session: SessionKey): Promise<{ readonly epoch: number; readonly seq: number }>;
  /** The epoch a seq was written under; 0 for seq 0. */
  epochAt(session: SessionKey, seq: number): Promise<number>;
  /** Before the first event is a place in every log, whoever wrote it, as long as that event is still there. */
  locate(session: SessionKey, place: { readonly epoch: number; readonly seq: number }): Promise<Located>;
  /** The state as it is now, at `atLeast` or after it: of a place that is durable, though its session has not heard so yet. */
  snapshot(session: SessionKey, atLeast?: number): Promise<PlacedState>;
}
