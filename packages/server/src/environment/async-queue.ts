import { orAborted } from './or-aborted.ts';

/** Items for takers: each item goes to one taker, both in the order in which they came. */
export class AsyncQueue<T> {
  readonly #items: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  push(item: T): void {
    const take = this.#takers.shift();
    if (take === undefined) this.#items.push(item);
    else take(item);
  }

  /** The next item, as soon as there is one. A taker whose signal aborts takes none. */
  async take(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#items.length > 0) return this.#items.shift() as T;
    let taker: (item: T) => void = () => {};
    const item = new Promise<T>((resolve) => {
      taker = resolve;
    });
    this.#takers.push(taker);
    try {
      return await orAborted(item, signal);
    } catch (error) {
      const place = this.#takers.indexOf(taker);
      if (place !== -1) this.#takers.splice(place, 1);
      throw error;
    }
  }
}
