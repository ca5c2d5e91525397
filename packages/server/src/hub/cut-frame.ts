// C1. A frame's events are exactly the follower's events in (after, through], in order, each once.
// C2. A frame is at most `maxFrameBytes`, unless one event alone is larger: then it holds that event and no other.
// C3. Rows of the server's audience are in no frame, whatever the follower asked for.
import type { Place } from '@perdure/protocol';
import type { LogPage, LogRow } from '../store/session-store.ts';
import { isWhole, rowAfter, splitRow } from './cut-row.ts';
import type { FollowerState } from './follower-state.ts';
import { corruptMarker, envelopeBytes } from './splice-frame.ts';

export interface Cut {
  /** Texts for the frame; none: nothing here is for this follower. */
  readonly texts: readonly string[];
  /** The last place examined. */
  readonly through: Place;
}

/** Takes from a page what fits in the follower's next frame. */
export function cutFrame(
  { types, examined }: Pick<FollowerState, 'types' | 'examined'>,
  { rows }: LogPage,
  maxFrameBytes: number,
): Cut {
  const texts: string[] = [];
  let through = examined;
  let room = maxFrameBytes - envelopeBytes;
  for (const row of rows) {
    if (row.through <= through.seq) continue;
    if (isWanted(row, types)) {
      const taken = takeText(row, { after: through.seq, room, isAlone: texts.length === 0 });
      if (taken === undefined) break;
      texts.push(taken.text);
      room -= taken.bytes;
      through = { epoch: row.epoch, seq: taken.through };
      if (taken.through < row.through) break;
    } else {
      through = { epoch: row.epoch, seq: row.through };
    }
  }
  return { texts, through };
}

function isWanted({ audience, type, body }: LogRow, types: ReadonlySet<string> | undefined): boolean {
  if (audience === 'server') return false;
  return types === undefined || types.has(type) || body === null; // what is lost may have been of any type
}

interface Taken {
  readonly text: string;
  readonly bytes: number;
  readonly through: number;
}

/** The text of a row after a place; of a row too large for a whole frame its first part; undefined: the frame is full. */
function takeText(
  row: LogRow,
  { after, room, isAlone }: { after: number; room: number; isAlone: boolean },
): Taken | undefined {
  if (!isWhole(row)) {
    const text = corruptMarker(row);
    const bytes = text.length + 1;
    return bytes <= room || isAlone ? { text, bytes, through: row.through } : undefined;
  }
  const whole = rowAfter(row, after);
  const bytes = Buffer.byteLength(whole.body) + 1; // the comma
  if (bytes <= room) return { text: whole.body, bytes, through: row.through };
  if (!isAlone) return undefined;
  const [first = whole] = splitRow(whole, room);
  return { text: first.body, bytes, through: first.through };
}
