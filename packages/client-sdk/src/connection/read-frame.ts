import { type FollowFrame, PerdureError, parseCursor } from '@perdure/protocol';
import { isRecord } from '../rest/read-error.ts';

/**
 * Takes what came over the wire for a frame, or throws. Only what the client itself relies on is looked at: events are
 * kept as they are, so that types of a later release go through.
 */
export function readFrame(value: unknown): FollowFrame {
  if (isRecord(value) && typeof value['cursor'] === 'string' && parseCursor(value['cursor']) !== undefined) {
    const { kind, state, after, through, events } = value;
    if (kind === 'snapshot' && isRecord(state) && isRecord(state['conversations']))
      return value as unknown as FollowFrame;
    if (kind === 'events' && isPlace(after) && isPlace(through) && Array.isArray(events))
      return value as unknown as FollowFrame;
  }
  throw new PerdureError('internal', 'The server sent no frame.');
}

const isPlace = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
