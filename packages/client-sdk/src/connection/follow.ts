import { isPerdureError, type PerdureError } from '@perdure/protocol';
import type { ClientClock } from '../client-clock.ts';
import { retryAfterMs } from '../rest/read-error.ts';
import type { FollowTask } from './follow-connection.ts';
import type { FollowLink } from './follow-link.ts';
import { fullJitter } from './full-jitter.ts';
import { endsLink } from './link-loss.ts';

export interface FollowEvents {
  /** An answer that is about the whole link. */
  endsLink(error: PerdureError): void;
  /** The task has ended by itself. */
  over(): void;
}

/** One task on whatever link there is: subscribed, waiting to be subscribed again, or away. */
export class Follow {
  readonly #task: FollowTask;
  readonly #clock: ClientClock;
  readonly #events: FollowEvents;
  #link: FollowLink | undefined;
  /** Ends the subscription, or the wait for the next one. */
  #stop: (() => void) | undefined;
  #isWaiting = false;
  /** Ends in a row without a frame that was taken. */
  #failures = 0;
  #isOver = false;

  constructor(task: FollowTask, clock: ClientClock, events: FollowEvents) {
    this.#task = task;
    this.#clock = clock;
    this.#events = events;
  }

  /** Subscribes over a new link. */
  openOn(link: FollowLink): void {
    if (this.#isOver || this.#link === link) return;
    this.#quit();
    this.#link = link;
    this.#failures = 0;
    this.#open();
  }

  /** The link is gone. */
  away(reason: PerdureError | undefined): void {
    this.#quit();
    this.#link = undefined;
    if (!this.#isOver) this.#task.onAway(reason);
  }

  /** Ends a wait. */
  retryNow(): void {
    if (this.#isWaiting) this.#open();
  }

  close(): void {
    this.#isOver = true;
    this.#quit();
  }

  #quit(): void {
    this.#isWaiting = false;
    this.#stop?.();
    this.#stop = undefined;
  }

  #open(): void {
    const link = this.#link;
    this.#quit();
    if (link === undefined) return;
    let isCurrent = true;
    const stop = link.follow(this.#task.input(), {
      frame: (frame) => {
        if (!isCurrent) return;
        if (this.#task.onFrame(frame) === 'next') this.#failures = 0;
        else if (isCurrent) this.#again();
      },
      ended: (error) => {
        if (isCurrent) this.#ended(error);
      },
    });
    this.#stop = () => {
      isCurrent = false;
      stop();
    };
  }

  #ended(error: PerdureError | undefined): void {
    if (error !== undefined && endsLink(error)) {
      this.#events.endsLink(error);
    } else if (error !== undefined && error.retry !== 'same-id') {
      this.close();
      this.#task.onEnd(error);
      this.#events.over();
    } else {
      this.#task.onAway(isPerdureError(error, 'too-many-streams') ? error : undefined);
      this.#wait(error === undefined ? 0 : (retryAfterMs(error) ?? 0));
    }
  }

  /** The first time at once; a wish that repeats is not granted in a storm. */
  #again(): void {
    if (this.#failures > 0) {
      this.#wait(0);
    } else {
      this.#failures = 1;
      this.#open();
    }
  }

  #wait(atLeastMs: number): void {
    this.#quit();
    this.#failures += 1;
    this.#isWaiting = true;
    const delay = Math.max(atLeastMs, fullJitter(this.#failures, this.#clock.random));
    this.#stop = this.#clock.after(delay, () => this.#open());
  }
}
