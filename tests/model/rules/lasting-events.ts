import type { AnyEvent, Block } from '@perdure/protocol';

/** The events that stay in a log for good: deltas before the oldest open block may be taken out at any time. */
export function lastingEvents(log: Iterable<AnyEvent>): AnyEvent[] {
  const events = [...log];
  const open = new Map<string, number>();
  for (const { type, seq, payload } of events) {
    const { block, blockId = '' } = payload as { readonly block?: Block; readonly blockId?: string };
    if (type === 'block:start' && block !== undefined) open.set(block.id, seq);
    if (type === 'block:complete') open.delete(blockId);
  }
  const firstOpen = Math.min(...open.values());
  return events.filter(({ type, seq }) => type !== 'block:delta' || seq > firstOpen);
}
