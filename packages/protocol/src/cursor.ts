/**
 * A place in a session's log as text, `"<epoch>.<seq>"`. The epoch is that of the claim under which the event at `seq`
 * was written, so a cursor of a log that was lost, restored or deleted and made anew is never taken for a valid one.
 * Compare epochs for equality only.
 */
export type Cursor = `${number}.${number}`;

/** A cursor taken apart. */
export interface Place {
  readonly epoch: number;
  readonly seq: number;
}

/** Before the first event of any log. Always valid. */
export const ORIGIN: Cursor = '0.0';

export const CURSOR_PATTERN = /^(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})$/;

export function formatCursor(place: Place): Cursor {
  return `${place.epoch}.${place.seq}`;
}

/** Reads a cursor; `undefined` means the text is not one. */
export function parseCursor(text: string): Place | undefined {
  const match = CURSOR_PATTERN.exec(text);
  if (match === null) return undefined;
  const epoch = Number(match[1]);
  const seq = Number(match[2]);
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}
