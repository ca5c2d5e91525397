import type { SessionEventBus } from '../session/session-event-bus.ts';
import type { Clock } from '../session/clock.ts';
import type { SessionKey } from '../store/session-store.ts';

const ENDS = ['run:completed', 'run:failed', 'run:cancelled', 'run:interrupted'] as const;

/** A wait for the end of one run. */
export interface RunEndWatch extends Disposable {
  /** Resolves when the run has ended, the time is over, or the signal aborts. */
  within(waitMs: number, clock: Clock, signal: AbortSignal | undefined): Promise<void>;
}

interface Watch {
  readonly runId: string;
  readonly tell: () => void;
}

/**
 * Those who wait for the end of a run. They wait here and not at an actor: a read makes none, and the run of one that
 * leaves memory may be ended by the next.
 */
export class RunEnds {
  readonly #watches = new Map<SessionKey, Set<Watch>>();

  /** Hears the ends of a session that has come into memory, for as long as it is there. */
  listen(key: SessionKey, bus: SessionEventBus): void {
    bus.subscribe('committed', ENDS, ({ runId }) => {
      for (const watch of this.#watches.get(key) ?? []) if (watch.runId === runId) watch.tell();
    });
  }

  /** To be asked for before the run is read, so that no end comes between. */
  watch(key: SessionKey, runId: string): RunEndWatch {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watches = this.#watches.get(key) ?? new Set();
    const watch = { runId, tell: resolve };
    this.#watches.set(key, watches.add(watch));
    return {
      within: (waitMs, clock, signal) => inTime(promise, waitMs, clock, signal),
      [Symbol.dispose]: () => {
        watches.delete(watch);
        if (watches.size === 0 && this.#watches.get(key) === watches) this.#watches.delete(key);
      },
    };
  }

  /** No run of this session will end any more: it was deleted. */
  forget(key: SessionKey): void {
    for (const watch of this.#watches.get(key) ?? []) watch.tell();
  }

  /** No run will end any more. */
  close(): void {
    for (const key of this.#watches.keys()) this.forget(key);
  }
}

async function inTime(
  promise: Promise<void>,
  waitMs: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancelTimer = clock.timer(waitMs, resolve);
  const abort = () => resolve();
  signal?.addEventListener('abort', abort, { once: true });
  await Promise.race([promise, late]);
  cancelTimer();
  signal?.removeEventListener('abort', abort);
}
