import { ORIGIN, type SessionView, type Unsubscribe } from '@perdure/client';
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { FrameQueue } from './frame-queue.ts';
import { usePerdure } from './perdure-context.ts';
import { shallowEqual } from './shallow-equal.ts';

// Invariants of every hook that follows something:
// H1. It renders anew only when what it selected has changed, and at most once a frame.
// H2. What was selected from one store is never shown for another: not even when the equality calls them equal.
// H3. Following lasts as long as the component is mounted; the client counts the followers of a session.

/** What can be followed: a value that is the same object until something in it changed. */
export interface Readable<T> {
  getSnapshot(): T;
  subscribe(listener: () => void): Unsubscribe;
}

export type Equality<V> = (a: V, b: V) => boolean;

/** A session as a server renders it, and a page until it is hydrated. */
const UNKNOWN_SESSION: SessionView = {
  status: 'loading',
  state: undefined,
  cursor: ORIGIN,
  phase: 'replaying',
  error: undefined,
  outbox: [],
};

/** Follows a slice of a session. */
export function useSessionStore<V>(
  hook: string,
  id: string,
  select: (view: SessionView) => V,
  isEqual?: Equality<V>,
): V {
  const { client, frames } = usePerdure(hook);
  return useStore(client.session(id), frames, UNKNOWN_SESSION, select, isEqual);
}

/** Follows a slice of anything. `initial` is what a server renders. */
export function useStore<T, V>(
  source: Readable<T>,
  frames: FrameQueue,
  initial: T,
  select: (snapshot: T) => V,
  isEqual: Equality<V> = shallowEqual,
): V {
  const shown = useRef<{ source: Readable<T>; value: V } | undefined>(undefined);

  const subscribe = useMemo(() => oncePerFrame(source, frames), [source, frames]);
  const selectOnce = useMemo(() => {
    let last: { snapshot: T; value: V } | undefined;
    return (snapshot: T): V => {
      if (last !== undefined && Object.is(last.snapshot, snapshot)) return last.value;
      const before = last ?? (shown.current?.source === source ? shown.current : undefined); // H2
      const selected = select(snapshot);
      const value = before !== undefined && isEqual(before.value, selected) ? before.value : selected;
      last = { snapshot, value };
      return value;
    };
  }, [source, select, isEqual]);

  const value = useSyncExternalStore(
    subscribe,
    () => selectOnce(source.getSnapshot()),
    () => selectOnce(initial),
  );
  useEffect(() => {
    shown.current = { source, value };
  }, [source, value]);
  return value;
}

/** Passes a source's notices on with the next frame. */
function oncePerFrame<T>(source: Readable<T>, frames: FrameQueue) {
  return (listener: () => void): Unsubscribe => {
    const stop = source.subscribe(() => frames.add(listener));
    return () => {
      stop();
      frames.remove(listener);
    };
  };
}
