import { PerdureError } from '@perdure/protocol';
import type { GroupWriter } from '../sql/write-lane.ts';
import type { UnfinishedWrite, Write, WriteOutcome } from '../sql/write.ts';
import type { WriterOptions } from './writer-messages.ts';
import { WriterThread } from './writer-thread.ts';

export interface ThreadWriterOptions {
  readonly writer: WriterOptions;
  /** How long the thread may take to answer before it counts as stuck. */
  readonly pingTimeoutMs: number;
  /** Told when the thread ends, whatever ended it. */
  readonly onEnd: (error: unknown) => void;
}

/** The thread that writes, which is started anew when it has ended. */
export class ThreadWriter implements GroupWriter {
  readonly #options: ThreadWriterOptions;
  #thread: WriterThread | undefined;

  constructor(options: ThreadWriterOptions) {
    this.#options = options;
  }

  open(): Promise<readonly UnfinishedWrite[]> {
    return this.#start().call('open', this.#options.writer);
  }

  reopen(): Promise<readonly UnfinishedWrite[]> {
    const thread = this.#running.isAlive ? this.#running : this.#start();
    return thread.call('reopen', this.#options.writer);
  }

  write(group: readonly Write[]): Promise<readonly WriteOutcome[]> {
    return this.#running.call('write', group);
  }

  async close(): Promise<void> {
    // A thread that is dead has nothing open.
    await this.#thread?.call('close', undefined).catch(() => undefined);
    await this.#thread?.ended();
  }

  async isResponsive(): Promise<boolean> {
    const thread = this.#thread;
    if (thread === undefined) return false;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.pingTimeoutMs, false);
      const answer = (isThere: boolean) => {
        clearTimeout(timer);
        resolve(isThere);
      };
      thread.call('ping', undefined).then(
        () => answer(true),
        () => answer(false),
      );
    });
  }

  #start(): WriterThread {
    this.#thread = new WriterThread(this.#options.onEnd);
    return this.#thread;
  }

  get #running(): WriterThread {
    if (this.#thread !== undefined) return this.#thread;
    throw new PerdureError('internal', 'The store is not open. Await open() before anything is written.');
  }
}
