import type { LogRow } from '../store/session-store.ts';
import { joinEvents, splitEvents } from '../session/row-body.ts';

/** A row whose body can be read. */
export type WholeRow = LogRow & { readonly body: string };

export function isWhole(row: LogRow): row is WholeRow {
  return row.body !== null;
}

/**
 * The part of a row after a place, as a row. A cursor falls inside a row of deltas when it came from a page or an SSE
 * id; such a row is dense, so the place in the body follows from the seq.
 */
export function rowAfter(row: WholeRow, after: number): WholeRow {
  if (after <= row.after) return row;
  return { ...row, after, body: joinEvents(splitEvents(row.body).slice(after - row.after)) };
}

/** Cuts a row at its events into rows of at most `maxBytes`; an event that is larger stands alone. */
export function splitRow(row: WholeRow, maxBytes: number): WholeRow[] {
  if (row.through - row.after <= 1 || Buffer.byteLength(row.body) <= maxBytes) return [row];
  const rows: WholeRow[] = [];
  let texts: string[] = [];
  let bytes = 0;
  let after = row.after;
  const close = () => {
    if (texts.length === 0) return;
    const through = after + texts.length;
    rows.push({ ...row, after, through, body: joinEvents(texts) });
    after = through;
    texts = [];
    bytes = 0;
  };
  for (const text of splitEvents(row.body)) {
    const size = Buffer.byteLength(text) + 2; // the separator
    if (bytes + size > maxBytes) close();
    texts.push(text);
    bytes += size;
  }
  close();
  return rows;
}
