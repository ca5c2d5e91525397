// P1. A ping can be answered only by who has read it, and all that was sent before it: its text is guessed by nobody.
// P2. What waits for an answer is bounded: a reader that answers none is asked no more until it does.
import { randomBytes } from 'node:crypto';

export interface PingedSocket {
  readonly OPEN: number;
  readonly readyState: number;
  ping(text: Buffer): void;
}

/** Less than a frame of catch-up, so that one follows each of them; a frame of what is live is far smaller. */
const EVERY_BYTES = 16_384;

/** More than kernels hold back: 4 MiB by default. */
const MOST_WAITING = 256;

const TEXT_BYTES = 8;

/**
 * Asks in the midst of what is sent whether it is read. Kernels and proxies take megabytes at once that a slow link needs
 * minutes for: until then nothing else tells who reads slowly from who has stopped.
 */
export class ReadingPings {
  readonly #socket: PingedSocket;
  #bytes = 0;
  /** Oldest first. */
  #waiting: Buffer[] = [];
  #answers = 0;

  constructor(socket: PingedSocket) {
    this.#socket = socket;
  }

  /** Grows as the reader comes further. */
  get answers(): number {
    return this.#answers;
  }

  /** Notes a message that was sent. */
  sent(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < EVERY_BYTES || this.#waiting.length >= MOST_WAITING) return;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#bytes = 0;
    const text = randomBytes(TEXT_BYTES);
    this.#waiting.push(text);
    this.#socket.ping(text);
  }

  /** Whether a pong answers one of these pings; those before it may go unanswered. */
  take(pong: Buffer): boolean {
    const place = this.#waiting.findIndex((text) => text.equals(pong));
    if (place === -1) return false;
    this.#waiting = this.#waiting.slice(place + 1);
    this.#answers += 1;
    return true;
  }
}
