import { type AnyEvent, formatCursor, type LogLevel, type Page, type Source } from '@perdure/protocol';
import { corruptMarker } from '../hub/splice-frame.ts';
import { splitEvents } from '../session/row-body.ts';
import type { LogRow, SessionKey, SessionStore } from '../store/session-store.ts';

/** Rows read at once, and for one page at most: a filter that finds nothing must not read a log of a million rows. */
const SLICE_ROWS = 200;
const MAX_ROWS = 20_000;

export interface EventQuery {
  /** Exclusive bound, on the side that `order` comes from. */
  readonly from: number | undefined;
  readonly head: number;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly types?: readonly string[] | undefined;
  readonly source?: Source | undefined;
  readonly level?: LogLevel | undefined;
  readonly text?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** A page of the log as clients may see it. `nextCursor` is null when the side it goes to has no more. */
export async function readEventPage(
  store: SessionStore,
  key: SessionKey,
  query: EventQuery,
): Promise<Page<AnyEvent>> {
  const items: { event: AnyEvent; epoch: number }[] = [];
  let place = query.from ?? (query.order === 'asc' ? 0 : query.head + 1);
  let epoch = 0;
  for (let rowsRead = 0; rowsRead < MAX_ROWS; ) {
    const rows = await slice(store, key, query, place);
    if (rows.length === 0) return { items: items.map((item) => item.event), nextCursor: null };
    rowsRead += rows.length;
    for (const row of rows) {
      for (const event of eventsOf(row, query, place)) {
        if (items.length === query.limit) return page(items);
        if (matches(event, query)) items.push({ event, epoch: row.epoch });
      }
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    place = query.order === 'asc' ? last.through : last.after + 1;
    epoch = last.epoch;
  }
  return { items: items.map((item) => item.event), nextCursor: formatCursor({ epoch, seq: place }) };
}

function page(items: readonly { readonly event: AnyEvent; readonly epoch: number }[]): Page<AnyEvent> {
  const last = items.at(-1);
  const nextCursor = last === undefined ? null : formatCursor({ epoch: last.epoch, seq: last.event.seq });
  return { items: items.map((item) => item.event), nextCursor };
}

function slice(
  store: SessionStore,
  key: SessionKey,
  query: EventQuery,
  place: number,
): Promise<readonly LogRow[]> {
  const { order, types } = query;
  const bounds = order === 'asc' ? { after: place } : { after: 0, before: place - 1 };
  return store.scan(key, { ...bounds, order, types, audience: 'client', maxRows: SLICE_ROWS });
}

/** The events of a row that lie on the wanted side of `place`, in the wanted order. */
function eventsOf(row: LogRow, { order }: EventQuery, place: number): AnyEvent[] {
  const texts = row.body === null ? [corruptMarker(row)] : splitEvents(row.body);
  const events = texts.map((text) => JSON.parse(text) as AnyEvent);
  return order === 'asc'
    ? events.filter((event) => event.seq > place)
    : events.filter((event) => event.seq < place).reverse();
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
