// F1. At most one frame is in the consumer's hands and one waits for it.
// F2. However it ends, the frames that were sent before are given out first, then the error or the end.
import type { FrameSink, FrameText } from './client-hub.ts';

/** Follows into a sink until the signal aborts: `hub.follow` or `handle.follow` with all but sink and signal given. */
export type FollowInto = (sink: FrameSink, signal: AbortSignal) => Promise<void>;

interface Consumer {
  readonly resolve: (frame: FrameText | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A sink that is read: turns frames that are pushed into frames that are pulled. */
export class FollowerStream implements FrameSink {
  #frame: FrameText | undefined;
  #consumer: Consumer | undefined;
  /** The hub waits until the frame is taken. */
  #producer: (() => void) | undefined;
  #ending: { readonly error: unknown } | undefined;

  send(frame: FrameText): boolean {
    const consumer = this.#consumer;
    if (consumer === undefined) {
      this.#frame = frame;
      return false;
    }
    this.#consumer = undefined;
    consumer.resolve(frame);
    return true;
  }

  /** Resolves when the frame that waits has been taken. */
  drained(signal: AbortSignal): Promise<void> {
    if (this.#frame === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = () => {
        this.#producer = undefined;
        signal.removeEventListener('abort', settle);
        resolve();
      };
      this.#producer = settle;
      signal.addEventListener('abort', settle, { once: true });
    });
  }

  /** The next frame; undefined after the end. Rejects with the error that ended it. */
  take(): Promise<FrameText | undefined> {
    const frame = this.#frame;
    if (frame !== undefined) {
      this.#frame = undefined;
      this.#producer?.();
      return Promise.resolve(frame);
    }
    const ending = this.#ending;
    if (ending !== undefined) {
      return ending.error === undefined ? Promise.resolve(undefined) : Promise.reject(ending.error);
    }
    return new Promise((resolve, reject) => {
      this.#consumer = { resolve, reject };
    });
  }

  end(error?: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = { error };
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (error === undefined) consumer?.resolve(undefined);
    else consumer?.reject(error);
  }

  /** Nobody takes any more: what waits is let go of. */
  discard(): void {
    this.end();
    this.#frame = undefined;
    this.#producer?.();
  }
}
