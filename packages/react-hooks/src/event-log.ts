import type { ClientSession, Cursor, LogEvent } from '@perdure/client';
import type { Readable } from './use-session-store.ts';

export interface EventLogOptions {
  /** Only events of these types. Default: all. */
  readonly types?: readonly string[] | undefined;
  /** Only events after this place. Default: from the beginning. */
  readonly after?: Cursor | undefined;
  /** How many are kept. */
  readonly limit: number;
}

/** Who is told of each event, and of what ended the reading. */
export interface EventLogListener {
  onEvent(event: LogEvent): void;
  onError(error: unknown): void;
}

/**
 * The newest events of a session, newest first. Read while anyone listens; someone who leaves and returns, as
 * components do under StrictMode, goes on where they left, so that each event is told once.
 */
export function createEventLog(
  session: ClientSession,
  { types, after, limit }: EventLogOptions,
  told: EventLogListener,
): Readable<readonly LogEvent[]> {
  const listeners = new Set<() => void>();
  const kept: LogEvent[] = [];
  let snapshot: readonly LogEvent[] | undefined;
  let lastSeq = 0;
  let reading: AbortController | undefined;

  const take = (event: LogEvent) => {
    lastSeq = event.seq;
    kept.push(event);
    // Now and then, not at every event: to shift a full array each time costs its length.
    if (kept.length > 2 * limit) kept.splice(0, kept.length - limit);
    snapshot = undefined;
    for (const listener of listeners) listener();
    told.onEvent(event);
  };

  async function read(signal: AbortSignal) {
    try {
      for await (const event of session.events({ after, types, signal })) {
        if (signal.aborted) return;
        if (event.seq > lastSeq) take(event);
      }
    } catch (error) {
      if (!signal.aborted) told.onError(error);
    }
  }

  return {
    getSnapshot() {
      snapshot ??= limit > 0 ? kept.slice(-limit).reverse() : [];
      return snapshot;
    },
    subscribe(listener) {
      listeners.add(listener);
      if (reading === undefined) {
        reading = new AbortController();
        void read(reading.signal);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        reading?.abort();
        reading = undefined;
      };
    },
  };
}
