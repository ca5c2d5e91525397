import { type FollowFrame, PerdureError, parseCursor } from '@perdure/protocol';
import { isRecord } from '../rest/read-error.ts';
import type { FrameSink } from './follow-link.ts';

/**
 * Takes what came over the wire for a frame, or throws. Only what the client itself relies on is looked at: events are
 * kept as they are, so that types of a later release go through. Their places are looked at: one that was damaged on the
 * way, and believed, would leave events out for ever.
 */
export function readFrame(value: unknown): FollowFrame {
  const { kind, cursor, state, after, through, events } = isRecord(value) ? value : {};
  const place = parseCursor(String(cursor))?.seq;
  const isFrame =
    place !== undefined &&
    (kind === 'snapshot'
      ? isRecord(state) && isRecord(state['conversations'])
      : kind === 'events' &&
        place === through &&
        Array.isArray(events) &&
        ascend([after, ...events.map((event) => event?.seq), place + 1]));
  if (isFrame) return value as unknown as FollowFrame;
  throw noFrame();
}

/** Gives what came over the wire to a sink. What cannot be folded though it looked like a frame is an error of ours, too. */
export function takeFrame(value: unknown, { frame }: Pick<FrameSink, 'frame'>): void {
  try {
    frame(readFrame(value));
  } catch (cause) {
    throw noFrame(cause);
  }
}

const noFrame = (cause?: unknown) => new PerdureError('internal', 'The server sent no frame.', { cause });

const ascend = (places: readonly unknown[]) =>
  places.every(
    (place, index) => Number.isSafeInteger(place) && Number(place) > Number(places[index - 1] ?? -1),
  );
