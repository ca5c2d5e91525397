import type { AppEvents, EventEnvelope, SessionEvent, StoredEventType } from '@perdure/protocol';

/** An application's own event; names and data are those of `Register`. */
export type AppEvent = {
  [N in keyof AppEvents]: EventEnvelope<'app:event', { readonly name: N; readonly data: AppEvents[N] }>;
}[keyof AppEvents];

/**
 * An event of the log, told apart by `type`. A server of a later release may send types that are not in the union:
 * give a `switch` a default that does nothing.
 */
export type LogEvent<T extends StoredEventType = StoredEventType> = T extends 'app:event'
  ? AppEvent
  : SessionEvent<T>;

/** What `onEvent` tells: the log, and the derived `status:changed`, which has the place of the event that caused it. */
export type ToldEvent = LogEvent | SessionEvent<'status:changed'>;
