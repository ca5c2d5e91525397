import type { PerdureError } from '@perdure/protocol';
import type { LogRow, SessionKey } from '../store/session-store.ts';
import type { Follower } from './follower.ts';

/** What became durable: the new head, the claim it was written under, and the rows that lead to it. */
export interface Advance {
  readonly epoch: number;
  readonly head: number;
  readonly rows: readonly LogRow[];
}

/** One frame, as text that is sent as it is. */
export interface FrameText {
  /** The tracked id: the cursor after the frame. */
  readonly cursor: string;
  /** The frame as JSON. */
  readonly json: string;
}

/** Where a follower's frames go: a socket, a stream, a test. */
export interface FrameSink {
  /** Takes a frame. False: do not send more until `drained`. */
  send(frame: FrameText): boolean;
  /** Resolves when there is room again. Heeds the signal. Rejects with a stall when nothing moved for too long. */
  drained(signal: AbortSignal): Promise<void>;
}

/** Brings committed events to the clients that follow, whatever wire they came by. */
export interface ClientHub {
  /** Tells that a log has grown. Never waits, never throws. */
  broadcast(session: SessionKey, advance: Advance): void;
  /** Followers of a session; without one, of all. */
  getClientCount(session?: SessionKey): number;
  /**
   * Sends frames from the follower's place on, for as long as the signal lets it. The first answer is always a frame.
   * Resolves when the signal aborts; rejects with the error that ends the subscription.
   */
  follow(follower: Follower, sink: FrameSink, signal: AbortSignal): Promise<void>;
  /** Ends the followers of a session with an error, such as after its deletion. */
  end(session: SessionKey, error: PerdureError): void;
}
