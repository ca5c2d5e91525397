import type { OutboxEntry } from '../perdure-client.ts';
import type { OutboxItem } from './outbox-model.ts';

/** A command as people see it. */
export function entryOf({ commandId, message, status, error }: OutboxItem): OutboxEntry {
  const isPending = status === 'storing' || status === 'waiting';
  return { commandId, content: message.content, status: isPending ? 'pending' : status, error };
}
