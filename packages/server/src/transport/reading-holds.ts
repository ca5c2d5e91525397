import type { Release } from '../access/limiter.ts';

/** What is read from, and can be left unread for a while. */
export interface Readable {
  pause(): void;
  resume(): void;
}

/** Leaves a socket unread as long as anyone has a reason to. */
export class ReadingHolds {
  readonly #socket: Readable;
  #holds = 0;

  constructor(socket: Readable) {
    this.#socket = socket;
  }

  /** Calling what is returned twice is harmless. */
  hold(): Release {
    this.#holds += 1;
    if (this.#holds === 1) this.#socket.pause();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds -= 1;
      if (this.#holds === 0) this.#socket.resume();
    };
  }
}
