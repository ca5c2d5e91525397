import type { PerdureError } from '@perdure/protocol';
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
export interface Follow {
  /** Subscribes over a new link. */
  openOn(link: FollowLink): void;
  /** The link is gone. */
  away(reason: PerdureError | undefined): void;
  /** Ends a wait. */
  retryNow(): void;
  close(): void;
}

export function createFollow(task: FollowTask, clock: ClientClock, events: FollowEvents): Follow {
  let current: FollowLink | undefined;
  /** Ends the subscription, or the wait for the next one. */
  let stop: (() => void) | undefined;
  let isWaiting = false;
  /** Ends in a row without a frame that was taken. */
  let failures = 0;
  /** Where it was when it last asked to be opened anew. */
  let againAt: string | undefined = '';
  let isOver = false;

  function quit(): void {
    isWaiting = false;
    stop?.();
    stop = undefined;
  }

  function close(): void {
    isOver = true;
    quit();
  }

  function open(): void {
    quit();
    if (current === undefined) return;
    let isCurrent = true;
    const end = current.follow(task.input(), {
      frame(frame) {
        if (!isCurrent) return;
        if (task.onFrame(frame) === 'next') failures = 0;
        else if (isCurrent) again();
      },
      ended(error) {
        if (isCurrent) ended(error);
      },
    });
    stop = () => {
      isCurrent = false;
      end();
    };
  }

  function ended(error: PerdureError | undefined): void {
    if (error !== undefined && endsLink(error)) {
      events.endsLink(error);
    } else if (error !== undefined && error.retry !== 'same-id') {
      close();
      task.onEnd(error);
      events.over();
    } else {
      task.onAway(error?.code === 'too-many-streams' ? error : undefined);
      if (isOver) return; // whoever gives up on that has left
      wait(error && retryAfterMs(error));
    }
  }

  /** The first time at a place at once; a wish that repeats, be it with frames between that bring nothing, is no storm. */
  function again(): void {
    const { lastEventId } = task.input();
    if (failures || lastEventId === againAt) {
      wait();
    } else {
      againAt = lastEventId;
      failures = 1;
      open();
    }
  }

  function wait(atLeastMs = 0): void {
    quit();
    failures += 1;
    isWaiting = true;
    stop = clock.after(Math.max(atLeastMs, fullJitter(failures, clock.random)), open);
  }

  return {
    openOn(link) {
      if (isOver || current === link) return;
      quit();
      current = link;
      failures = 0;
      open();
    },
    away(reason) {
      quit();
      current = undefined;
      if (!isOver) task.onAway(reason);
    },
    retryNow() {
      if (isWaiting) open();
    },
    close,
  };
}
