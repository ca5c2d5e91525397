import {
  type Cursor,
  emptySessionState,
  type EventsFrame,
  type FollowFrame,
  type FollowInput,
  ORIGIN,
  type PerdureError,
  parseCursor,
  reduceSession,
  type SessionState,
  type SnapshotFrame,
} from '@perdure/protocol';
import type { ToldEvent } from '../log-event.ts';
import type { ResumeOutcome, SessionView } from '../perdure-client.ts';
import { type OlderPages, windowBlocks } from './older-pages.ts';
import { statusChange } from './status-change.ts';

// Invariants of what a client knows of a session:
// S1. `state` is the fold of the log up to `cursor`, the one never changes without the other.
// S2. Each event is folded at most once: what is at or before the place is dropped.
// S3. No event is left out: a frame that begins after the place is not taken; the client asks again from its place, and
//     after two gaps at one place for a snapshot.
// S4. A state in memory has a bound: completed blocks beyond it go, and are read again in pages.

/** What a client knows of one session. Changed by the functions below only, each of which gives a new one. */
export interface SessionStore {
  readonly id: string;
  readonly status: SessionView['status'];
  readonly state: SessionState | undefined;
  readonly cursor: Cursor;
  readonly phase: SessionView['phase'];
  readonly resumed: ResumeOutcome | undefined;
  readonly error: PerdureError | undefined;
  /** Whether the next frame is the first since it was away. */
  readonly isReturning: boolean;
  /** Gaps in a row at this place. */
  readonly gaps: number;
  readonly older: OlderPages;
}

/** What a frame did. */
export interface AppliedFrame {
  readonly store: SessionStore;
  /** `again`: the subscription has to be opened anew, from `followInput`. */
  readonly verdict: 'next' | 'again';
  /** What was folded, in order, each followed by the change of status that it made. */
  readonly told: readonly ToldEvent[];
}

/** Gaps at one place until a snapshot is asked for: the first may come from a frame that crossed a reconnect. */
const MOST_GAPS = 2;

export function createSessionStore(id: string): SessionStore {
  return {
    id,
    status: 'loading',
    state: undefined,
    cursor: ORIGIN,
    phase: 'replaying',
    resumed: undefined,
    error: undefined,
    isReturning: true,
    gaps: 0,
    older: {},
  };
}

/** Where to go on. */
export function followInput({ id, state, cursor, gaps }: SessionStore): FollowInput {
  const needsSnapshot = state === undefined || gaps >= MOST_GAPS;
  return needsSnapshot ? { sessionId: id, from: 'snapshot' } : { sessionId: id, lastEventId: cursor };
}

export function applyFrame(store: SessionStore, frame: FollowFrame, keepBlocks: number): AppliedFrame {
  return frame.kind === 'snapshot' ? replace(store, frame, keepBlocks) : advance(store, frame, keepBlocks);
}

/** No frames come now; with an error, not before what it names is over. */
export function awayFrom(store: SessionStore, error: PerdureError | undefined): SessionStore {
  if (isOver(store)) return store;
  if (store.phase === 'replaying' && store.isReturning && store.error === error) return store;
  return { ...store, phase: 'replaying', isReturning: true, error };
}

/** The session cannot be followed any more. What was seen of it stays. */
export function endedWith(store: SessionStore, error: PerdureError): SessionStore {
  return { ...store, status: finalStatus(error), phase: 'replaying', isReturning: true, error };
}

/** Someone follows anew. What ended before is forgotten, and so is a place that the server did not take. */
export function followedAnew(store: SessionStore): SessionStore {
  return isOver(store) ? createSessionStore(store.id) : store;
}

/** Nobody follows any more: what was kept for those who looked at older blocks goes. */
export function leftAlone(store: SessionStore, keepBlocks: number): SessionStore {
  const { state, older } = windowBlocks(store.state, {}, keepBlocks);
  return { ...awayFrom(store, undefined), state, older };
}

export function isOver({ status }: SessionStore): boolean {
  return status !== 'loading' && status !== 'ready';
}

export function placeOf({ cursor }: SessionStore): number {
  return parseCursor(cursor)?.seq ?? 0;
}

function replace(store: SessionStore, frame: SnapshotFrame, keepBlocks: number): AppliedFrame {
  const change = statusChange(store.state, frame.state, {
    seq: parseCursor(frame.cursor)?.seq ?? 0,
    at: frame.state.updatedAt,
    actor: { principalId: 'system' },
  });
  return arrived(store, frame, {
    ...windowBlocks(frame.state, {}, keepBlocks),
    cursor: frame.cursor as Cursor, // S1
    resumed: { kind: 'snapshot', reason: frame.reason },
    told: change === undefined ? [] : [change],
  });
}

function advance(store: SessionStore, frame: EventsFrame, keepBlocks: number): AppliedFrame {
  const place = placeOf(store);
  const base = store.state ?? (frame.after === 0 ? emptySessionState(store.id) : undefined);
  if (base === undefined || frame.after > place)
    return { store: { ...store, gaps: store.gaps + 1 }, verdict: 'again', told: [] }; // S3

  const told: ToldEvent[] = [];
  let folded = base;
  let last = place;
  for (const event of frame.events) {
    if (event.seq <= last || event.seq > frame.through) continue; // S2
    const next = reduceSession(folded, event);
    told.push(event as ToldEvent);
    const change = statusChange(folded, next, event);
    if (change !== undefined) told.push(change);
    folded = next;
    last = event.seq;
  }
  return arrived(store, frame, {
    ...windowBlocks(folded, store.older, keepBlocks), // S4
    cursor: frame.through > place ? (frame.cursor as Cursor) : store.cursor, // S1
    resumed: store.isReturning ? { kind: 'replay' } : store.resumed,
    told,
  });
}

type Arrived = Pick<SessionStore, 'state' | 'older' | 'cursor' | 'resumed'> & Pick<AppliedFrame, 'told'>;

function arrived(store: SessionStore, { live }: FollowFrame, { told, ...known }: Arrived): AppliedFrame {
  const isLive = live || (store.phase === 'live' && !store.isReturning);
  const phase = isLive ? 'live' : 'replaying';
  const fresh = { status: 'ready', phase, isReturning: false, error: undefined, gaps: 0 } as const;
  return { store: { ...store, ...fresh, ...known }, verdict: 'next', told };
}

function finalStatus({ code }: PerdureError): SessionView['status'] {
  if (code === 'session-not-found') return 'not-found';
  return code === 'session-deleted' ? 'deleted' : 'error';
}
