import { PerdureError } from '@perdure/protocol';
import type { Clock } from '../session/clock.ts';
import type { Logger } from '../session/logger.ts';
import type { SessionStore } from '../store/session-store.ts';

/** First pause between two tries to write again, and the longest: relief is noticed within five seconds. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 2_000;

/**
 * Keeps the host honest while the disk fails: it reads on, writes nothing, and tries again until it can.
 *
 * G1. After a write whose outcome is unknown nothing is appended until the store was opened anew and has proved a write.
 * G2. One recovery at a time; it ends with `close`.
 */
export class StorageGuard {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onFailure: () => void;
  readonly #onRelief: () => Promise<void>;
  #isReadOnly = false;
  #isClosed = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: {
    readonly store: SessionStore;
    readonly clock: Clock;
    readonly logger: Logger;
    /** Called when writing has failed. */
    readonly onFailure: () => void;
    /** Called when the store can be written again. */
    readonly onRelief: () => Promise<void>;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#onFailure = options.onFailure;
    this.#onRelief = options.onRelief;
  }

  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /** Throws `storage-read-only` while nothing can be written. */
  refuseWhileReadOnly(): void {
    if (this.#isReadOnly) throw readOnly();
  }

  /** A write failed. Returns at once; the host is read-only from here on. */
  fail(error: unknown): void {
    if (this.#isReadOnly || this.#isClosed) return;
    this.#isReadOnly = true;
    this.#logger.error({ err: error }, 'the store cannot be written: the host is read-only until it can');
    this.#onFailure();
    this.#retryIn(FIRST_RETRY_MS);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
  }

  #retryIn(delayMs: number): void {
    this.#cancelTimer = this.#clock.timer(delayMs, () => {
      this.#retry(delayMs).catch((error: unknown) =>
        this.#logger.error({ err: error }, 'recovery of the store broke'),
      );
    });
  }

  async #retry(delayMs: number): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.#store.reopen();
    } catch (error) {
      this.#logger.warn({ err: error }, 'the store still cannot be written');
      if (!this.#isClosed) this.#retryIn(Math.min(delayMs * 2, LONGEST_RETRY_MS));
      return;
    }
    this.#isReadOnly = false;
    this.#logger.info({}, 'the store can be written again');
    await this.#onRelief();
  }
}

export function readOnly(): PerdureError {
  return new PerdureError(
    'storage-read-only',
    'The server cannot write to its disk now; what is stored can be read. Send the command again in a moment.',
  );
}
