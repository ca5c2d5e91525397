export interface WaitingLineOptions {
  /** How many may be at work at once. */
  readonly places: number;
  /** How many may wait; one more is refused at once. */
  readonly maxWaiting: number;
  /** How long one waits at most. */
  readonly waitMs: number;
  readonly refusal: (waiting: number) => Error;
}

interface Waiting {
  readonly enter: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Lets in as many as there are places, in the order in which they came; nobody waits longer than was said. */
export class WaitingLine {
  readonly #options: WaitingLineOptions;
  readonly #waiting = new Set<Waiting>();
  #taken = 0;

  constructor(options: WaitingLineOptions) {
    this.#options = options;
  }

  /** Does the work in a place of the line. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    const { places, maxWaiting, waitMs, refusal } = this.#options;
    if (this.#taken < places) {
      this.#taken += 1;
      return;
    }
    if (this.#waiting.size >= maxWaiting) throw refusal(this.#waiting.size);
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(waiting);
        reject(refusal(this.#waiting.size));
      };
      const waiting: Waiting = { enter: resolve, timer: setTimeout(giveUp, waitMs) };
      this.#waiting.add(waiting);
    });
  }

  /** The place goes to the next, without being free in between. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(next);
    clearTimeout(next.timer);
    next.enter();
  }
}
