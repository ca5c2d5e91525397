import {
  type AnyEvent,
  emptySessionState,
  type EventsFrame,
  formatCursor,
  reduceSession,
  type SessionState,
  type SnapshotFrame,
  type SnapshotReason,
} from '@perdure/protocol';

export const EPOCH = 1_048_577;

export const cursorAt = (seq: number) => formatCursor({ epoch: seq === 0 ? 0 : EPOCH, seq });

export function foldOf(events: readonly AnyEvent[], id = 's1'): SessionState {
  return events.reduce(reduceSession, emptySessionState(id));
}

/** The frame that brings a follower from one place of a log to another. */
export function eventsFrame(events: readonly AnyEvent[], after: number, through: number): EventsFrame {
  return {
    kind: 'events',
    cursor: cursorAt(through),
    after,
    through,
    events: events.filter(({ seq }) => seq > after && seq <= through),
    live: through === events.length,
  };
}

export function snapshotFrame(
  events: readonly AnyEvent[],
  through: number = events.length,
  reason: SnapshotReason = 'start',
): SnapshotFrame {
  const state = foldOf(events.slice(0, through));
  return { kind: 'snapshot', cursor: cursorAt(through), reason, state, live: through === events.length };
}
