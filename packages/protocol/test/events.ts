import type { Block, BlockOf, EventEnvelope, EventPayload, EventType, SessionEvent } from '../src/index.ts';

type Around = Partial<Omit<EventEnvelope, 'type' | 'payload' | 'seq'>>;

/** An event at a place, with what stands around every payload filled in. */
export function event<T extends EventType>(
  seq: number,
  type: T,
  payload: EventPayload<T>,
  around: Around = {},
): SessionEvent<T> {
  const envelope: EventEnvelope<T, EventPayload<T>> = {
    seq,
    at: timeAt(seq),
    type,
    payload,
    actor: { principalId: 'ann' },
    source: 'agent',
    ...around,
  };
  return envelope as SessionEvent<T>;
}

/** One second later with each place. */
export function timeAt(seq: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString();
}

export function text(id: string, content = ''): BlockOf<'assistant_text'> {
  return { id, type: 'assistant_text', status: 'pending', content };
}

export function thinking(id: string, content = ''): BlockOf<'thinking'> {
  return { id, type: 'thinking', status: 'pending', content };
}

export function toolUse(id: string): BlockOf<'tool_use'> {
  return { id, type: 'tool_use', status: 'pending', toolName: 'read', toolUseId: `use-${id}`, input: {} };
}

export function final<B extends Block>(block: B, status: Block['status'] = 'complete'): B {
  return { ...block, status };
}
