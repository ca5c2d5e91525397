/** Says when a socket that several followers share has room. */
export interface SendGuard {
  hasRoom(): boolean;
  /** Resolves when there is room or the signal aborts; rejects with a `StallError` when nothing moved for too long. */
  room(signal: AbortSignal): Promise<void>;
  /** So much is on its way to the socket and not yet in its buffer. */
  hold(bytes: number): void;
  /** It has arrived there, or never will. */
  release(bytes: number): void;
}
