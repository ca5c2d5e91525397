import type { LogEvent } from '@perdure/client';

/** One line of the timeline: an event, or adjacent deltas of one block. */
export interface EventGroup {
  readonly newest: LogEvent;
  readonly firstSeq: number;
  readonly count: number;
}

/** Puts adjacent deltas of one block on one line. Newest first, as they come. */
export function groupEvents(events: readonly LogEvent[]): readonly EventGroup[] {
  const groups: EventGroup[] = [];
  for (const event of events) {
    const above = groups.at(-1);
    if (above !== undefined && isSameText(above.newest, event)) {
      groups[groups.length - 1] = { ...above, firstSeq: event.seq, count: above.count + 1 };
    } else {
      groups.push({ newest: event, firstSeq: event.seq, count: 1 });
    }
  }
  return groups;
}

function isSameText(a: LogEvent, b: LogEvent): boolean {
  return a.type === 'block:delta' && b.type === 'block:delta' && a.payload.blockId === b.payload.blockId;
}
