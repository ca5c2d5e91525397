import type { Release } from './limiter.ts';

/** Counts what is held under each key; a key that holds nothing takes no memory. */
export class Places {
  readonly #held = new Map<string, number>();

  count(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  /** Takes a place, unless `max` are taken. */
  hold(key: string, max: number): Release | undefined {
    const current = this.count(key);
    if (current >= max) return undefined;
    this.#held.set(key, current + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = this.count(key) - 1;
      if (left > 0) this.#held.set(key, left);
      else this.#held.delete(key);
    };
  }
}
