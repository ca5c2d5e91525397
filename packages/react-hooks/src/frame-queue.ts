import type { ScheduleFrame } from './next-frame.ts';

/** Listeners that are due, each of them once a frame however often it is added. */
export interface FrameQueue {
  add(listener: () => void): void;
  remove(listener: () => void): void;
}

/**
 * One queue serves all hooks under a provider: they are told in one go, so React renders them together, and
 * a hundred tokens within a frame cost one render.
 */
export function createFrameQueue(schedule: ScheduleFrame): FrameQueue {
  const due = new Set<() => void>();
  let cancel: (() => void) | undefined;

  const flush = () => {
    cancel = undefined;
    const listeners = [...due];
    due.clear();
    for (const listener of listeners) listener();
  };

  return {
    add(listener) {
      due.add(listener);
      cancel ??= schedule(flush);
    },
    remove(listener) {
      due.delete(listener);
      if (due.size > 0) return;
      cancel?.();
      cancel = undefined;
    },
  };
}
