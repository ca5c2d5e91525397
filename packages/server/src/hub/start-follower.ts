import { ORIGIN, PerdureError, type Place, parseCursor, type SnapshotReason } from '@perdure/protocol';
import type { SessionKey } from '../store/session-store.ts';
import type { FollowSource } from './follow-source.ts';
import type { Follower } from './follower.ts';
import type { RecentRows } from './recent-rows.ts';

/** Where a follower begins. */
export interface Start {
  readonly place: Place;
  /** The furthest head that was seen meanwhile. */
  readonly head: number;
  /** What it is told of the time before its place. */
  readonly snapshot?: { readonly reason: SnapshotReason; readonly state: string };
}

export interface StartPorts {
  readonly source: FollowSource;
  readonly recent: Pick<RecentRows, 'tip' | 'holds'>;
}

const origin: Place = { epoch: 0, seq: 0 };

/** Finds the start that a follower asks for; at once, if it was here a moment ago. Throws `invalid-cursor` for what is no cursor. */
export function startFollower(follower: Follower, ports: StartPorts): Start | Promise<Start> {
  const { session, lastEventId, from } = follower;
  if (lastEventId !== undefined) {
    const place = parseCursor(lastEventId);
    if (place === undefined) {
      throw new PerdureError(
        'invalid-cursor',
        `"${lastEventId.slice(0, 40)}" is not a cursor. Send back one that a frame gave you, or ${ORIGIN} for the beginning.`,
      );
    }
    return ports.recent.holds(session, place) ? { place, head: place.seq } : startAt(session, place, ports);
  }
  switch (from) {
    case 'beginning':
      return startAt(session, origin, ports);
    case 'now':
      return startAtHead(session, ports);
    case 'snapshot':
      return startWithSnapshot(session, 'start', ports);
  }
}

async function startAt(session: SessionKey, place: Place, ports: StartPorts): Promise<Start> {
  const located = await ports.source.locate(session, place);
  if (located.kind === 'valid') return { place: { epoch: place.epoch, seq: located.seq }, head: located.seq };
  return startWithSnapshot(session, located.reason, ports);
}

async function startAtHead(session: SessionKey, { source, recent }: StartPorts): Promise<Start> {
  const place = recent.tip(session) ?? (await source.head(session));
  return { place: { epoch: place.epoch, seq: place.seq }, head: place.seq };
}

/** For one that was overtaken: what follows its place is not kept from `floor` down. */
export function startOver(session: SessionKey, floor: number, ports: StartPorts): Promise<Start> {
  return startWithSnapshot(session, 'retention', ports, floor);
}

async function startWithSnapshot(
  session: SessionKey,
  reason: SnapshotReason,
  { source, recent }: StartPorts,
  atLeast?: number,
): Promise<Start> {
  const { epoch, seq, json } = await source.snapshot(session, atLeast);
  const { seq: head } = recent.tip(session) ?? (await source.head(session));
  return { place: { epoch, seq }, head, snapshot: { reason, state: json } };
}
