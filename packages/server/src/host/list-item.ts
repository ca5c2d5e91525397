import type { SessionListItem } from '@perdure/protocol';
import type { SessionRecord } from '../store/session-store.ts';

/** A record as it stands in a list. */
export function listItemOf(record: SessionRecord): SessionListItem {
  const { id, title, metadata, agent, swarm, parentId, ownerId, createdAt, updatedAt } = record;
  const { head, activity, openRequests, lastText, archived } = record;
  return {
    id,
    title,
    tags: [...record.tags],
    metadata,
    agent,
    ...(swarm === undefined ? {} : { swarm }),
    ...(parentId === undefined ? {} : { parentId }),
    ownerId,
    createdAt,
    updatedAt,
    head,
    activity,
    openRequests,
    lastText,
    archived,
  };
}
