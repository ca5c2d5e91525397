import type { AnyEvent, EventType, SessionEvent } from '@perdure/protocol';
import type { Logger } from './logger.ts';

/** `emitted`: asked for, not yet durable. `committed`: in the log. */
export type Tap = 'emitted' | 'committed';

/** An event that has no place yet, as the tap `emitted` shows it. */
export type EmittedEvent = Omit<AnyEvent, 'seq' | 'at'>;

type EventAt<T extends Tap, K extends EventType> = T extends 'committed'
  ? SessionEvent<K>
  : Omit<SessionEvent<K>, 'seq' | 'at'>;

/** Ends a subscription, by a call or by `using`. Ending it twice is harmless. */
export interface Subscription extends Disposable {
  close(): void;
}

interface Entry {
  readonly tap: Tap;
  readonly types: ReadonlySet<string> | undefined;
  readonly listener: (event: never) => unknown;
  isOpen: boolean;
}

/**
 * A session's ordered, typed publisher.
 *
 * B1. Listeners of a tap are called in the order of the log, each event to all before the next to any.
 * B2. A listener that throws or rejects stops neither the others nor the session; it is logged.
 * B3. Who subscribes during a delivery gets the next event first; who closes gets none after.
 * B4. After `destroy` it is silent: publishing neither throws nor delivers, and `destroyed` has aborted.
 */
export class SessionEventBus {
  readonly #logger: Logger;
  #entries: readonly Entry[] = [];
  readonly #destroyed = new AbortController();

  constructor(options: { readonly logger: Logger }) {
    this.#logger = options.logger;
  }

  /** Calls `listener` with each event of the given types; without types, with every one. */
  subscribe<T extends Tap, K extends EventType>(
    tap: T,
    types: readonly K[] | undefined,
    listener: (event: EventAt<T, K>) => unknown,
  ): Subscription {
    const entry: Entry = {
      tap,
      types: types && new Set<string>(types),
      listener,
      isOpen: !this.#destroyed.signal.aborted,
    };
    if (entry.isOpen) this.#entries = [...this.#entries, entry]; // B3: a delivery keeps the array it began with
    const close = () => {
      if (!entry.isOpen) return;
      entry.isOpen = false;
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
    return { close, [Symbol.dispose]: close };
  }

  publishEmitted(event: EmittedEvent): void {
    this.#publish('emitted', event);
  }

  publishCommitted(events: readonly AnyEvent[]): void {
    for (const event of events) this.#publish('committed', event);
  }

  get listenerCount(): number {
    return this.#entries.length;
  }

  /** Aborts when nothing will be published any more. */
  get destroyed(): AbortSignal {
    return this.#destroyed.signal;
  }

  destroy(): void {
    for (const entry of this.#entries) entry.isOpen = false;
    this.#entries = [];
    this.#destroyed.abort();
  }

  #publish(tap: Tap, event: EmittedEvent): void {
    for (const entry of this.#entries) {
      if (entry.tap !== tap || !entry.isOpen) continue;
      if (entry.types !== undefined && !entry.types.has(event.type)) continue;
      this.#call(entry, event);
    }
  }

  #call(entry: Entry, event: EmittedEvent): void {
    try {
      const result = entry.listener(event as never);
      if (result instanceof Promise) result.catch((error: unknown) => this.#report(event, error));
    } catch (error) {
      this.#report(event, error);
    }
  }

  #report(event: EmittedEvent, error: unknown): void {
    this.#logger.error({ err: error, event: event.type }, 'a listener of the session bus failed');
  }
}
