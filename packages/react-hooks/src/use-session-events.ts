import type { Cursor, LogEvent, StoredEventType } from '@perdure/client';
import { useEffect, useMemo, useRef } from 'react';
import { createEventLog } from './event-log.ts';
import { usePerdure } from './perdure-context.ts';
import { useStore } from './use-session-store.ts';

export interface SessionEventsOptions<T extends StoredEventType = StoredEventType> {
  /** Only events of these types. Default: all. */
  readonly types?: readonly T[] | undefined;
  /** Only events after this place. Default: from the beginning. */
  readonly after?: Cursor | undefined;
  /** How many events are kept in the list. Default: 100. */
  readonly limit?: number | undefined;
  /** Called once for each event, in order, as it arrives. */
  readonly onEvent?: ((event: LogEvent<T>) => void) | undefined;
  /** Called when reading ended for good, as when there is no such session. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const NO_EVENTS: readonly never[] = [];
const all = (events: readonly LogEvent[]) => events;

/** Reads a session's log and keeps its newest events, newest first. */
export function useSessionEvents<T extends StoredEventType = StoredEventType>(
  id: string,
  options: SessionEventsOptions<T> = {},
): readonly LogEvent<T>[] {
  const { types, after, limit = 100 } = options;
  const { client, frames } = usePerdure('useSessionEvents');
  const session = client.session(id);
  const callbacks = useRef(options);
  useEffect(() => {
    callbacks.current = options;
  });

  // By their text: a list written in the component is another object in every render.
  const key = types === undefined ? undefined : JSON.stringify(types);
  const log = useMemo(() => {
    const wanted = key === undefined ? undefined : (JSON.parse(key) as string[]);
    return createEventLog(
      session,
      { types: wanted, after, limit },
      {
        onEvent: (event) => outside(() => callbacks.current.onEvent?.(event as LogEvent<T>)),
        onError: (error) => outside(() => callbacks.current.onError?.(error)),
      },
    );
  }, [session, key, after, limit]);
  // No other types were asked for.
  return useStore(log, frames, NO_EVENTS, all) as readonly LogEvent<T>[];
}

/** Runs a user's function. What it throws is reported as uncaught, and the reading goes on. */
function outside(call: () => void) {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
