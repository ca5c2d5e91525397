// L1. All bounds of one who comes are taken together or none: who waits holds nothing.
// L2. Who waits is let in in the order in which it came, as far as there is a place for it: a crowd holds up itself alone.
// L3. So many wait at most, and each for a while only; who has gone waits no longer.
import type { Release } from '../access/limiter.ts';
import { Places } from '../access/places.ts';
import type { Clock } from '../session/clock.ts';

/** Of what there are so many places. */
export interface PlaceBound {
  readonly key: string;
  readonly max: number;
}

export interface PlaceLineOptions {
  readonly clock: Clock;
  readonly waitMs: number;
  readonly mostWaiting: number;
}

/** Gives out places that are soon free again, and lets a crowd wait in line for them. */
export class PlaceLine<Bound extends PlaceBound> {
  readonly #options: PlaceLineOptions;
  readonly #places = new Places();
  /** Each tells whether it was let in. */
  readonly #waiting = new Set<() => boolean>();

  constructor(options: PlaceLineOptions) {
    this.#options = options;
  }

  /** Takes a place of each bound. Otherwise tells which had none when it was asked for. */
  take(bounds: readonly Bound[], signal: AbortSignal): Promise<Release | Bound> {
    const taken = this.#tryTake(bounds);
    const { clock, waitMs, mostWaiting } = this.#options;
    if (typeof taken === 'function' || signal.aborted || this.#waiting.size >= mostWaiting) {
      return Promise.resolve(taken);
    }
    return new Promise((resolve) => {
      const leave = (outcome: Release | Bound) => {
        this.#waiting.delete(look);
        signal.removeEventListener('abort', giveUp);
        stopTimer();
        resolve(outcome);
      };
      const giveUp = () => leave(taken);
      const look = () => {
        const now = this.#tryTake(bounds);
        if (typeof now !== 'function') return false;
        leave(now);
        return true;
      };
      this.#waiting.add(look);
      signal.addEventListener('abort', giveUp, { once: true });
      const stopTimer = clock.timer(waitMs, giveUp);
    });
  }

  #tryTake(bounds: readonly Bound[]): Release | Bound {
    const releases: Release[] = [];
    const release = () => {
      for (const end of releases.splice(0)) end();
    };
    for (const bound of bounds) {
      const held = this.#places.hold(bound.key, bound.max);
      if (held === undefined) {
        release();
        return bound;
      }
      releases.push(held);
    }
    return () => {
      release();
      this.#letIn();
    };
  }

  /** One has left: there is room for one at most. */
  #letIn(): void {
    for (const look of this.#waiting) if (look()) return;
  }
}
