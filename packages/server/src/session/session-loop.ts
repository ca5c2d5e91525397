import { EmissionQueue, HIGH_WATER_BYTES } from './emission-queue.ts';
import type { EventDraft } from './event-draft.ts';
import { FlushWaiters } from './flush-waiters.ts';

/**
 * The one loop of a session: steps one after the other, and between them what agents emitted.
 *
 * W1. One step or append of emissions at a time, in the order they came.
 * W2. After a step one append of emissions follows if any wait, so that neither starves.
 * W3. Once finished it appends nothing; steps still run, so that whoever waits for one is told.
 */
export class SessionLoop {
  readonly emissions = new EmissionQueue();
  readonly #append: (drafts: readonly EventDraft[]) => Promise<void>;
  readonly #onBroken: (error: unknown) => void;
  readonly #flushes = new FlushWaiters();
  readonly #drains = new FlushWaiters();
  readonly #steps: (() => Promise<void>)[] = [];
  #isWorking = false;
  #isFinished = false;
  #hasDropped = false;
  /** Number of the last push that is durable, or was dropped. */
  #settled = 0;

  constructor(options: {
    readonly append: (drafts: readonly EventDraft[]) => Promise<void>;
    /** A step or append threw that should not: what is in memory cannot be trusted any more. */
    readonly onBroken: (error: unknown) => void;
  }) {
    this.#append = options.append;
    this.#onBroken = options.onBroken;
  }

  /** Runs `work` when its turn comes. */
  step<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#steps.push(() => work().then(resolve, reject));
      this.wake();
    });
  }

  /** There is something to do. */
  wake(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work().catch((error: unknown) => {
      this.#isWorking = false;
      this.#onBroken(error);
      this.wake(); // W3
    });
  }

  /** Resolves when everything emitted so far is durable, or dropped with the end of the session. */
  flushed(): Promise<void> {
    const { pushed } = this.emissions;
    if (this.#isFinished || pushed <= this.#settled) return Promise.resolve();
    return this.#flushes.wait(pushed);
  }

  /** Whether something that was emitted went with the end of the session. */
  get hasDropped(): boolean {
    return this.#hasDropped;
  }

  /** Resolves when there is room to emit. */
  drained(): Promise<void> {
    const hasRoom = this.#isFinished || this.emissions.bytes <= HIGH_WATER_BYTES;
    return hasRoom ? Promise.resolve() : this.#drains.wait(0);
  }

  /** Within a step: appends all that was emitted before it. */
  async appendEmissions(): Promise<void> {
    while (!this.#isFinished && !this.emissions.isEmpty) await this.#appendSome();
  }

  finish(): void {
    this.#isFinished = true;
    this.#hasDropped ||= this.emissions.pushed > this.#settled;
    this.emissions.clear();
    this.#flushes.settle(Number.POSITIVE_INFINITY);
    this.#drains.settle(Number.POSITIVE_INFINITY);
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // what is emitted in one tick is one append
    for (;;) {
      const step = this.#steps.shift();
      if (step === undefined && (this.#isFinished || this.emissions.isEmpty)) break;
      await step?.();
      await this.#appendSome(); // W2
    }
    this.#isWorking = false;
  }

  async #appendSome(): Promise<void> {
    if (this.#isFinished || this.emissions.isEmpty) return;
    const drafts = this.emissions.take(HIGH_WATER_BYTES);
    await this.#append(drafts);
    this.#settled = this.emissions.taken;
    this.#flushes.settle(this.#settled);
    if (this.emissions.bytes <= HIGH_WATER_BYTES) this.#drains.settle(Number.POSITIVE_INFINITY);
  }
}
