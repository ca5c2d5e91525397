// L1. After a failure nothing reaches the database until `reopen` has proved that it takes writes.
// L2. A purge or a sweep that was begun goes on after a restart or a failure: the mark on the session's row is what starts it.
// L3. What was opened anew while the lane was being closed is closed again: its place is for others.
import { PerdureError } from '@perdure/protocol';
import type { SessionKey } from '../session-store.ts';
import { GroupQueue, type Unknown } from './group-queue.ts';
import { storageDamaged } from './storage-damaged.ts';
import { storeClosed } from './store-closed.ts';
import type { SliceWrite, UnfinishedWrite, Write, WriteOutcome } from './write.ts';

/** What writes to a database, for the lane that leads to it. */
export interface GroupWriter {
  /** Opens, makes or migrates. Answers with what was begun and is not over. */
  open(): Promise<readonly UnfinishedWrite[]>;
  /** Drops what it holds, opens anew and proves that it can write. */
  reopen(): Promise<readonly UnfinishedWrite[]>;
  /** Writes a group. Rejects when none of its outcomes is known. */
  write(group: readonly Write[]): Promise<readonly WriteOutcome[]>;
  /** Never rejects: what is dead has nothing open. */
  close(): Promise<void>;
}

export interface WriteLaneOptions {
  /** Told when writes begin to fail. */
  readonly onFailure: (error: unknown) => void;
  /** Told of a write that was refused because what it had to touch is damaged. `undefined`: it was to make a session. */
  readonly onDamage: (session: SessionKey | undefined) => void;
}

/** The way of every write: through the queue, in groups, to what writes. */
export class WriteLane {
  readonly #writer: GroupWriter;
  readonly #queue: GroupQueue;
  readonly #onDamage: WriteLaneOptions['onDamage'];
  #isClosing = false;

  constructor(writer: GroupWriter, { onFailure, onDamage }: WriteLaneOptions) {
    this.#writer = writer;
    this.#onDamage = onDamage;
    this.#queue = new GroupQueue({ commit: (group) => writer.write(group), onFailure });
  }

  get isWritable(): boolean {
    return !this.#queue.isFailed;
  }

  async open(): Promise<void> {
    this.#isClosing = false;
    this.#queue.resume();
    this.#goOnWith(await this.#writer.open());
  }

  async reopen(): Promise<void> {
    try {
      const unfinished = await this.#writer.reopen();
      if (this.#isClosing) throw storeClosed();
      this.#queue.resume();
      this.#goOnWith(unfinished);
    } catch (error) {
      if (this.#isClosing) await this.#writer.close(); // L3
      throw error;
    }
  }

  /** Writes what is queued, then ends the writer. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#queue.drained();
    await this.#writer.close();
  }

  /** What writes has ended, and nobody asked it to. */
  fail(error: unknown): void {
    if (!this.#isClosing) this.#queue.fail(error);
  }

  write(write: Write): Promise<WriteOutcome | Unknown> {
    return this.#queue.push(write);
  }

  /** Writes slice after slice, until nothing is left to do. */
  async writeWhole(write: SliceWrite): Promise<void> {
    let after: number | undefined = 0;
    while (after !== undefined) {
      const outcome = await this.write(write.kind === 'compact' ? { ...write, after } : write);
      if (outcome.kind === 'unknown') throw readOnly(outcome.error);
      if (outcome.kind !== 'done') throw this.unexpected(outcome, write.key);
      after = this.#isClosing ? undefined : outcome.next;
    }
  }

  /** In the background. What stops it, a failing disk or the end, is followed by a start that begins it again. */
  finish(write: UnfinishedWrite): void {
    this.writeWhole(write).catch(() => undefined);
  }

  /** For an outcome that the kind of write cannot have, unless the write itself was at fault, or met damage. */
  unexpected(outcome: WriteOutcome, session: SessionKey | undefined): PerdureError {
    if (outcome.kind === 'failed' && outcome.isDamage === true) {
      this.#onDamage(session);
      return storageDamaged();
    }
    const reason = outcome.kind === 'failed' ? outcome.message : `it ended as "${outcome.kind}"`;
    return new PerdureError('internal', `The database refused a write, which was rolled back: ${reason}.`);
  }

  #goOnWith(writes: readonly UnfinishedWrite[]): void {
    for (const write of writes) this.finish(write);
  }
}

function readOnly(cause: unknown): PerdureError {
  return new PerdureError(
    'storage-read-only',
    'The disk is full or failing: nothing can be stored. Make room, then try again.',
    { cause },
  );
}
