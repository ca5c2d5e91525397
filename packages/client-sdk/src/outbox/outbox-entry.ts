import type { OutboxEntry } from '../perdure-client.ts';
import type { OutboxItem } from './outbox-model.ts';

/** A command as people see it. */
export function entryOf({ commandId, message, status, error }: OutboxItem): OutboxEntry {
  return { commandId, content: message.content, status: shownAs[status], error };
}

const shownAs = {
  storing: 'pending',
  pending: 'pending',
  waiting: 'pending',
  sending: 'sending',
  accepted: 'accepted',
  failed: 'failed',
} as const satisfies Record<OutboxItem['status'], OutboxEntry['status']>;
