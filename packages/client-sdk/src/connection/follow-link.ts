import type { FollowFrame, FollowInput, PerdureError } from '@perdure/protocol';

/** Takes the frames of one subscription. */
export interface FrameSink {
  frame(frame: FollowFrame): void;
  /** The subscription is over: with an error, or because the server ended it. */
  ended(error: PerdureError | undefined): void;
}

/** What a link tells of itself. */
export interface LinkEvents {
  /** The server has answered. */
  accepted(): void;
  /**
   * The link and all its subscriptions are gone. Told once, and never after `close`. `isMute`: the server took this client
   * and then brought no frame in all the time that a message may take.
   */
  lost(error: PerdureError, isMute?: boolean): void;
}

/** One connection to the server that carries subscriptions. It never reopens itself: whoever made it makes the next. */
export interface FollowLink {
  /**
   * The returned function ends the subscription; its sink hears nothing more. Nor does it hear anything before this has
   * returned.
   */
  follow(input: FollowInput, sink: FrameSink): () => void;
  close(): void;
}
