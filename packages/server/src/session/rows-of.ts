import type { AnyEvent, Audience } from '@perdure/protocol';
import { eventRow } from '@perdure/protocol/schemas';
import { joinEvents } from './row-body.ts';
import type { NewRow } from '../store/session-store.ts';

interface OpenRow {
  readonly after: number;
  readonly type: string;
  readonly audience: Audience;
  readonly blockId: string | undefined;
  readonly texts: string[];
}

/** Cuts events into rows: one kept event each, or one run of adjacent deltas of one block. Makes each event's text, once. */
export function rowsOf(events: readonly AnyEvent[]): NewRow[] {
  const rows: OpenRow[] = [];
  for (const event of events) {
    const text = JSON.stringify(event);
    const blockId = deltaOf(event);
    const last = rows.at(-1);
    if (blockId !== undefined && last?.blockId === blockId) {
      last.texts.push(text);
      continue;
    }
    const audience = eventRow(event.type)?.audience ?? 'server';
    rows.push({ after: event.seq - 1, type: event.type, audience, blockId, texts: [text] });
  }
  return rows.map(({ after, type, audience, texts }) => ({
    after,
    through: after + texts.length,
    type,
    audience,
    body: joinEvents(texts),
  }));
}

/** The block a delta belongs to; `undefined` for every other event. */
function deltaOf(event: AnyEvent): string | undefined {
  if (event.type !== 'block:delta') return undefined;
  return `${event.conversationId ?? ''}/${(event.payload as { readonly blockId: string }).blockId}`;
}
