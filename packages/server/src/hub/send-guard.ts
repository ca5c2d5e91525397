/** Lets frames on to a socket that several followers share, as far as it has room. */
export interface SendGuard {
  /**
   * Waits until there is room for a frame and takes it. False: the signal aborted, nothing was taken. Rejects with a
   * `StallError` when nothing has moved for too long.
   */
  enter(bytes: number, signal: AbortSignal): Promise<boolean>;
  /** The frame has reached the socket's own buffer, or never will. */
  leave(bytes: number): void;
}
