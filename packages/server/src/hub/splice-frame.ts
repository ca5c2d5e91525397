// Frames are made by joining texts. An event's text is the one that stands in the log: nothing is parsed or
// serialised for a follower.
import { formatCursor, type Place, type SnapshotReason } from '@perdure/protocol';
import type { LogRow } from '../store/session-store.ts';
import type { FrameText } from './client-hub.ts';

/** More than all of an events frame that is not events: three integers of 16 digits, an epoch and the names. */
export const envelopeBytes = 192;

export interface EventsFrameParts {
  /** The follower's place before the frame. */
  readonly after: number;
  /** The last place examined. */
  readonly through: Place;
  /** Texts of events, each one or several joined by commas. */
  readonly texts: readonly string[];
  readonly live: boolean;
}

export function spliceEventsFrame({ after, through, texts, live }: EventsFrameParts): FrameText {
  const cursor = formatCursor(through);
  const json = `{"kind":"events","cursor":"${cursor}","after":${after},"through":${through.seq},"events":[${texts.join(',')}],"live":${live}}`;
  return { cursor, json };
}

export interface SnapshotFrameParts {
  readonly place: Place;
  readonly reason: SnapshotReason;
  /** The state as JSON text. */
  readonly state: string;
  readonly live: boolean;
}

export function spliceSnapshotFrame({ place, reason, state, live }: SnapshotFrameParts): FrameText {
  const cursor = formatCursor(place);
  const json = `{"kind":"snapshot","cursor":"${cursor}","reason":"${reason}","state":${state},"live":${live}}`;
  return { cursor, json };
}

/** Stands where a damaged row stood. It has no time of its own: the epoch says so, and the fold does not take it. */
export function corruptMarker({ after, through }: Pick<LogRow, 'after' | 'through'>): string {
  return JSON.stringify({
    seq: through,
    at: '1970-01-01T00:00:00.000Z',
    type: 'session:corrupt',
    payload: { after, through },
    actor: { principalId: 'system' },
    source: 'server',
  });
}
