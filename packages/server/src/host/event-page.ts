import { type AnyEvent, formatCursor, type LogLevel, type Page, type Source } from '@perdure/protocol';
import { corruptMarker } from '../hub/splice-frame.ts';
import { splitEvents } from '../session/row-body.ts';
import type { LogRow, SessionKey, SessionStore } from '../store/session-store.ts';
import { PAGE_BYTES } from './page-bytes.ts';

/** Rows read at once: few at first, for each may have a megabyte, and more while they turn out to be small. */
const FIRST_ROWS = 8;
const MOST_ROWS = 64;
const SLICE_BYTES = 262_144;

/** Looked at for one page: a filter that finds nothing must not read a whole log, nor keep everyone else waiting. */
const MAX_ROWS = 20_000;
const MAX_BYTES = 4_194_304;

export interface EventQuery {
  /** Exclusive bound, on the side that `order` comes from. */
  readonly from: number | undefined;
  readonly head: number;
  /** Events up to here are not kept: both orders end at it. */
  readonly floor: number;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly types?: readonly string[] | undefined;
  readonly source?: Source | undefined;
  readonly level?: LogLevel | undefined;
  readonly text?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * A page of the log as clients may see it. It ends after `limit` events, or with the one that makes it large, or where enough
 * was looked at. `nextCursor` is null when the side it goes to has no more.
 */
export async function readEventPage(
  store: SessionStore,
  key: SessionKey,
  query: EventQuery,
): Promise<Page<AnyEvent>> {
  const items: FoundEvent[] = [];
  let place = query.from ?? (query.order === 'asc' ? query.floor : query.head + 1);
  let epoch = 0;
  let pageBytes = 0;
  const read = { rows: 0, bytes: 0 };
  for (let maxRows = FIRST_ROWS; read.rows < MAX_ROWS && read.bytes < MAX_BYTES; ) {
    const rows = await slice(store, key, query, place, maxRows);
    if (rows.length === 0) return { items: items.map((item) => item.event), nextCursor: null };
    let sliceBytes = 0;
    for (const row of rows) {
      for (const { event, bytes } of eventsOf(row, query, place)) {
        if (items.length === query.limit || pageBytes >= PAGE_BYTES) return page(items);
        sliceBytes += bytes;
        if (!matches(event, query)) continue;
        items.push({ event, epoch: row.epoch });
        pageBytes += bytes;
      }
    }
    read.rows += rows.length;
    read.bytes += sliceBytes;
    maxRows = sliceBytes < SLICE_BYTES ? Math.min(maxRows * 2, MOST_ROWS) : FIRST_ROWS;
    const last = rows.at(-1);
    if (last === undefined) break;
    place = query.order === 'asc' ? last.through : last.after + 1;
    epoch = last.epoch;
  }
  return { items: items.map((item) => item.event), nextCursor: formatCursor({ epoch, seq: place }) };
}

interface FoundEvent {
  readonly event: AnyEvent;
  readonly epoch: number;
}

function page(items: readonly FoundEvent[]): Page<AnyEvent> {
  const last = items.at(-1);
  const nextCursor = last === undefined ? null : formatCursor({ epoch: last.epoch, seq: last.event.seq });
  return { items: items.map((item) => item.event), nextCursor };
}

function slice(
  store: SessionStore,
  key: SessionKey,
  query: EventQuery,
  place: number,
  maxRows: number,
): Promise<readonly LogRow[]> {
  const { order, types } = query;
  const bounds = order === 'asc' ? { after: place } : { after: query.floor, before: place - 1 };
  return store.scan(key, { ...bounds, order, types, audience: 'client', maxRows });
}

/** The events of a row that lie on the wanted side of `place`, in the wanted order; a large one is parsed when it is its turn. */
function* eventsOf(
  row: LogRow,
  { order, floor }: EventQuery,
  place: number,
): Generator<{ readonly event: AnyEvent; readonly bytes: number }> {
  const texts = row.body === null ? [corruptMarker(row)] : splitEvents(row.body);
  for (const text of order === 'asc' ? texts : texts.reverse()) {
    const event = JSON.parse(text) as AnyEvent;
    const isWanted = order === 'asc' ? event.seq > place : event.seq < place && event.seq > floor;
    if (isWanted) yield { event, bytes: text.length };
  }
}

function matches(event: AnyEvent, { types, source, level, text, since, until }: EventQuery): boolean {
  return (
    (types === undefined || types.includes(event.type)) &&
    (source === undefined || event.source === source) &&
    (level === undefined || (event.payload as { level?: unknown }).level === level) &&
    (since === undefined || event.at >= since) &&
    (until === undefined || event.at < until) &&
    (text === undefined || JSON.stringify(event.payload).toLowerCase().includes(text.toLowerCase()))
  );
}
