import { foldText } from './fold-text.ts';
import type { SessionQuery, SessionRecord } from './session-store.ts';

/** Whether a record is one that the query asks for, wherever the page begins. Stores with SQL say the same in SQL. */
export function matchesQuery(record: SessionRecord, query: Omit<SessionQuery, 'limit' | 'after'>): boolean {
  const { scope, activity, archived, tag, text, metadata = {}, ids } = query;
  const needle = foldText(text ?? '');
  return (
    record.tenantId === scope.tenantId &&
    (scope.ownerId === undefined || record.ownerId === scope.ownerId) &&
    (scope.sessionIds === undefined || scope.sessionIds.includes(record.id)) &&
    (activity === undefined || record.activity === activity) &&
    (archived === undefined || record.archived === archived) &&
    (tag === undefined || record.tags.includes(tag)) &&
    (foldText(record.title).includes(needle) || foldText(record.lastText).includes(needle)) &&
    Object.entries(metadata).every(
      ([key, value]) => Object.hasOwn(record.metadata, key) && record.metadata[key] === value,
    ) &&
    (ids === undefined || ids.includes(record.id))
  );
}

/** List order: newest change first; of those changed in the same millisecond, the newest session first. */
export function byRecency(
  a: Pick<SessionRecord, 'updatedAt' | 'key'>,
  b: Pick<SessionRecord, 'updatedAt' | 'key'>,
): number {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? 1 : -1;
  return b.key - a.key;
}
