import { type ListInput, type Page, PerdureError, type SessionListItem } from '@perdure/protocol';
import type { SessionScope } from '../access/authorizer.ts';
import type { SessionQuery, SessionRecord, SessionStore } from '../store/session-store.ts';
import { listItemOf } from './list-item.ts';

const DEFAULT_LIMIT = 50;

/** A page of the sessions in a scope, last changed first and stable where times are equal. */
export async function listSessions(
  store: SessionStore,
  scope: SessionScope,
  input: ListInput,
): Promise<Page<SessionListItem | null>> {
  const { activity, archived, tag, q, metadata, ids } = input;
  const filters = { scope, activity, archived, tag, text: q, metadata, ids };
  const count = input.count === true ? { count: await store.count(filters) } : {};
  if (ids !== undefined) return { items: await byIds(store, filters, ids), nextCursor: null, ...count };
  const limit = input.limit ?? DEFAULT_LIMIT;
  const after = input.cursor === undefined ? undefined : parseListCursor(input.cursor);
  const records = await store.list({ ...filters, limit: limit + 1, after });
  const items = records.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = records.length > limit && last !== undefined ? listCursorOf(last) : null;
  return { items: items.map(listItemOf), nextCursor, ...count };
}

/** In the order asked for; `null` where there is none that this scope holds. */
async function byIds(
  store: SessionStore,
  filters: Omit<SessionQuery, 'limit' | 'after'>,
  ids: readonly string[],
): Promise<(SessionListItem | null)[]> {
  const records = await store.list({ ...filters, limit: ids.length });
  const items = new Map(records.map((record) => [record.id, listItemOf(record)]));
  return ids.map((id) => items.get(id) ?? null);
}

function listCursorOf(record: SessionRecord): string {
  return `${record.updatedAt}~${record.key}`;
}

function parseListCursor(cursor: string): { readonly updatedAt: string; readonly key: number } {
  const [updatedAt, key, ...rest] = cursor.split('~');
  if (updatedAt === undefined || rest.length > 0 || !/^\d{1,15}$/.test(key ?? '')) {
    throw new PerdureError('invalid-cursor', 'This cursor was not given by a list; start again without one.');
  }
  return { updatedAt, key: Number(key) };
}
