import type { Actor, EventPayload, Source, StoredEventType } from '@perdure/protocol';

/** An event that has no place in the log yet. */
export type EventDraft<T extends StoredEventType = StoredEventType> = {
  [K in T]: {
    readonly type: K;
    readonly payload: EventPayload<K>;
    readonly actor: Actor;
    readonly source: Source;
    readonly conversationId?: string | undefined;
    readonly runId?: string | undefined;
    readonly agent?: string | undefined;
  };
}[T];
