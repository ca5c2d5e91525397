import { isPerdureError } from '@perdure/protocol';
import type { Clock } from '../session/clock.ts';
import type { Logger } from '../session/logger.ts';
import type { SessionKey, SessionRecord, SessionStore } from '../store/session-store.ts';
import { mayReadLater } from './host-errors.ts';
import type { LoadedSessions } from './loaded-sessions.ts';

/** Records read at once, and sessions loaded at once: enough to fill a group commit, few enough to leave room for callers. */
const PAGE = 100;
const CONCURRENCY = 16;

/** First pause before what could not be read is tried again, and the longest: each try costs a read of each such session. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

export interface SessionRecoveryParts {
  readonly store: Pick<SessionStore, 'unsettled'>;
  readonly sessions: Pick<LoadedSessions, 'load' | 'cutOff' | 'findUnheard'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** No session is recovered any more. */
  readonly signal: AbortSignal;
  /** Nothing may be written now. */
  isReadOnly(): boolean;
}

/**
 * Loads what was cut off in the middle of something; loading recovers.
 *
 * R1. One that cannot be recovered costs itself.
 * R2. What cannot be read now is tried again until it can, or until the host stops: nobody may be asking for it, and those
 *     who follow its run would wait for ever. What can never be read is given up at once.
 */
export class SessionRecovery {
  readonly #parts: SessionRecoveryParts;
  /** To be tried again. */
  readonly #unread = new Map<SessionKey, SessionRecord>();
  #retryMs = FIRST_RETRY_MS;
  #retrying: Promise<void> | undefined;

  constructor(parts: SessionRecoveryParts) {
    this.#parts = parts;
  }

  /** Recovers every session whose record says that something in it is unfinished. */
  async recoverAll(): Promise<void> {
    const { store } = this.#parts;
    let after = 0;
    for (let isLast = false; !isLast; ) {
      const records = (await this.#insist(() => store.unsettled(after, PAGE))) ?? [];
      await this.recover(records);
      after = records.at(-1)?.key ?? after;
      isLast = records.length < PAGE;
    }
  }

  /** Recovers those that a failing store took from memory, once it is back. */
  async recoverCutOff(): Promise<void> {
    const { sessions } = this.#parts;
    await this.#insist(() => sessions.findUnheard());
    await this.recover(sessions.cutOff());
  }

  /** Resolves when each was tried once. */
  async recover(records: Iterable<SessionRecord>): Promise<void> {
    const queue = [...records];
    const worker = async () => {
      for (let record = queue.shift(); record !== undefined; record = queue.shift()) await this.#try(record);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, queue.length) }, worker));
  }

  /** Resolves when nothing is tried any more: soon after the host stops. */
  async stopped(): Promise<void> {
    await this.#retrying;
  }

  async #try(record: SessionRecord): Promise<void> {
    const { sessions, logger, signal, isReadOnly } = this.#parts;
    if (signal.aborted) return;
    if (isReadOnly()) {
      this.#tryAgain(record);
      return;
    }
    try {
      await sessions.load(record);
      this.#retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (isPerdureError(error) && (error.code === 'shutting-down' || error.code === 'session-deleted'))
        return;
      logger.error({ err: error, sessionId: record.id }, 'a session could not be recovered');
      if (mayReadLater(error)) this.#tryAgain(record); // another one waits until someone asks for it
    }
  }

  #tryAgain(record: SessionRecord): void {
    this.#unread.set(record.key, record);
    this.#retrying ??= this.#retry();
  }

  /** R2. `undefined` when the host stopped meanwhile, or when it can never be read. */
  async #insist<T>(read: () => Promise<T>): Promise<T | undefined> {
    const { logger, signal } = this.#parts;
    for (let pauseMs = FIRST_RETRY_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)) {
      try {
        return await read();
      } catch (error) {
        logger.error({ err: error }, 'what is to be recovered cannot be read');
        if (!mayReadLater(error)) return undefined;
        await this.#pause(pauseMs);
      }
    }
    return undefined;
  }

  /** R2. */
  async #retry(): Promise<void> {
    const { signal } = this.#parts;
    while (this.#unread.size > 0 && !signal.aborted) {
      await this.#pause(this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
      const records = [...this.#unread.values()];
      this.#unread.clear();
      await this.recover(records);
    }
    this.#retrying = undefined;
  }

  /** Ends early when the host stops. */
  #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#parts;
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const end = () => {
        cancelTimer();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancelTimer = clock.timer(ms, end);
      signal.addEventListener('abort', end);
    });
  }
}
