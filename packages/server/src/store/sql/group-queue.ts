// Q1. A group is all that queued while the last one ran, in the order in which it came; nothing waits for company.
// Q2. After a failure nothing is sent until `resume`: what queued behind, and what comes, ends as unknown at once.
import type { Write, WriteOutcome } from './write.ts';
import { SLICE_ROWS } from './slice-size.ts';

/** Beyond this a larger group saves nothing, and each member waits longer. */
const GROUP_ROWS = 200;
const GROUP_BYTES = 256 * 1_024;

export interface Unknown {
  readonly kind: 'unknown';
  readonly error: unknown;
}

interface Queued {
  readonly write: Write;
  readonly rows: number;
  readonly bytes: number;
  readonly resolve: (outcome: WriteOutcome | Unknown) => void;
}

export interface GroupQueueOptions {
  /** Writes one group. Rejects when none of its outcomes is known. */
  readonly commit: (group: readonly Write[]) => Promise<readonly WriteOutcome[]>;
  /** Told once of each failure, before its outcomes are. */
  readonly onFailure: (error: unknown) => void;
}

/** Gathers writes into groups, one of which is on its way at a time. */
export class GroupQueue {
  readonly #options: GroupQueueOptions;
  #queued: Queued[] = [];
  #isRunning = false;
  #failure: Unknown | undefined;
  #idle: (() => void)[] = [];

  constructor(options: GroupQueueOptions) {
    this.#options = options;
  }

  get isFailed(): boolean {
    return this.#failure !== undefined;
  }

  push(write: Write): Promise<WriteOutcome | Unknown> {
    return new Promise((resolve) => {
      if (this.#failure !== undefined) {
        resolve(this.#failure);
        return;
      }
      this.#queued.push({ write, ...sizeOf(write), resolve });
      if (!this.#isRunning) void this.#run();
    });
  }

  /** Nothing of what queues is known from here on. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { kind: 'unknown', error };
    this.#options.onFailure(error);
    for (const { resolve } of this.#queued.splice(0)) resolve(this.#failure);
  }

  resume(): void {
    this.#failure = undefined;
  }

  /** Resolves when nothing queues and nothing is on its way. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isRunning) this.#idle.push(resolve);
      else resolve();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // One turn of the microtasks later: what a caller starts side by side goes side by side.
    await Promise.resolve();
    while (this.#queued.length > 0) {
      const group = this.#nextGroup();
      try {
        const outcomes = await this.#options.commit(group.map(({ write }) => write));
        for (const [index, { resolve }] of group.entries()) resolve(outcomes[index] ?? missing);
      } catch (error) {
        this.fail(error);
        for (const { resolve } of group) resolve({ kind: 'unknown', error });
      }
    }
    this.#isRunning = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** The first is taken whatever its size. */
  #nextGroup(): Queued[] {
    let [rows, bytes] = [0, 0];
    const end = this.#queued.findIndex((queued, index) => {
      rows += queued.rows;
      bytes += queued.bytes;
      return index > 0 && (rows > GROUP_ROWS || bytes > GROUP_BYTES);
    });
    return this.#queued.splice(0, end === -1 ? this.#queued.length : end);
  }
}

const missing: WriteOutcome = { kind: 'failed', message: 'The writer answered with too few outcomes.' };

function sizeOf(write: Write): { readonly rows: number; readonly bytes: number } {
  switch (write.kind) {
    case 'append':
    case 'create': {
      const projected = [...write.blocks, ...write.runs, ...(write.snapshot ? [write.snapshot] : [])];
      const bytes = projected.reduce((sum, { body }) => sum + body.length, write.bytes);
      return { rows: write.entries.length + projected.length + 1, bytes };
    }
    case 'remove':
      return { rows: 1, bytes: 0 };
    case 'purge':
    case 'sweep':
    case 'compact':
      // As large as a group may be: a slice goes between groups, never in one.
      return { rows: SLICE_ROWS, bytes: GROUP_BYTES };
  }
}
