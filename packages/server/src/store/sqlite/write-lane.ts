// L1. After an `unknown`, every write is `unknown` until `reopen` has proved that the disk takes writes.
// L2. A purge that was begun goes on after a restart or a failure: the mark on the session's row is what starts it.
import { PerdureError } from '@perdure/protocol';
import { GroupQueue, type Unknown } from '../sql/group-queue.ts';
import type { CompactWrite, PurgeWrite, RemoveWrite, Write, WriteOutcome } from '../sql/write.ts';
import type { WriterOptions } from './writer-messages.ts';
import { WriterThread } from './writer-thread.ts';

export interface WriteLaneOptions {
  readonly writer: WriterOptions;
  /** How long the thread may take to answer before it counts as stuck. */
  readonly pingTimeoutMs: number;
  /** Told when writes begin to fail. */
  readonly onFailure: (error: unknown) => void;
}

/** The way of every write: through the queue, in groups, to the thread that writes. */
export class WriteLane {
  readonly #options: WriteLaneOptions;
  readonly #queue: GroupQueue;
  #thread: WriterThread | undefined;
  #isClosing = false;

  constructor(options: WriteLaneOptions) {
    this.#options = options;
    this.#queue = new GroupQueue({
      commit: (group) => this.#running.call('write', group),
      onFailure: options.onFailure,
    });
  }

  get isWritable(): boolean {
    return !this.#queue.isFailed;
  }

  async open(): Promise<void> {
    this.#isClosing = false;
    this.#queue.resume();
    this.#thread = this.#start();
    this.#purgeAll(await this.#thread.call('open', this.#options.writer));
  }

  async reopen(): Promise<void> {
    if (!this.#running.isAlive) {
      this.#thread = this.#start();
      await this.#thread.call('open', this.#options.writer);
    }
    const removed = await this.#running.call('reopen', undefined);
    this.#queue.resume();
    this.#purgeAll(removed);
  }

  /** Writes what is queued, then ends the thread. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#queue.drained();
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

  write(write: Write): Promise<WriteOutcome | Unknown> {
    return this.#queue.push(write);
  }

  /** Writes slice after slice, until nothing is left to do. */
  async writeWhole(write: RemoveWrite | PurgeWrite | CompactWrite): Promise<void> {
    let after: number | undefined = 0;
    while (after !== undefined) {
      const outcome = await this.write(write.kind === 'compact' ? { ...write, after } : write);
      if (outcome.kind === 'unknown') throw readOnly(outcome.error);
      if (outcome.kind !== 'done') throw unexpected(outcome);
      after = this.#isClosing ? undefined : outcome.next;
    }
  }

  /** In the background. What stops it, a failing disk or the end, is followed by a start that begins it again. */
  purge(key: number): void {
    this.writeWhole({ kind: 'purge', key }).catch(() => undefined);
  }

  #purgeAll(keys: readonly number[]): void {
    for (const key of keys) this.purge(key);
  }

  #start(): WriterThread {
    return new WriterThread((error) => {
      if (!this.#isClosing) this.#queue.fail(error);
    });
  }

  get #running(): WriterThread {
    if (this.#thread !== undefined) return this.#thread;
    throw new PerdureError('internal', 'The store is not open. Await open() before anything is written.');
  }
}

/** For an outcome that the kind of write cannot have, unless the write itself was at fault. */
export function unexpected(outcome: WriteOutcome): PerdureError {
  const reason = outcome.kind === 'failed' ? outcome.message : `it ended as "${outcome.kind}"`;
  return new PerdureError('internal', `The database refused a write, which was rolled back: ${reason}.`);
}

function readOnly(cause: unknown): PerdureError {
  return new PerdureError(
    'storage-read-only',
    'The disk is full or failing: nothing can be stored. Make room, then try again.',
    { cause },
  );
}
