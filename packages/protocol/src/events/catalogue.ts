import type * as z from 'zod';
import { agentEvents } from './agent-events.ts';
import { blockEvents } from './block-events.ts';
import { diagnosticEvents } from './diagnostic-events.ts';
import { environmentEvents } from './environment-events.ts';
import type { EventRow } from './event-row.ts';
import { messageEvents } from './message-events.ts';
import { requestEvents } from './request-events.ts';
import { runEvents } from './run-events.ts';
import { sessionEvents } from './session-events.ts';

/** Every event there is: name -> payload, audience, retention, emitter. */
export const catalogue = {
  ...sessionEvents,
  ...messageEvents,
  ...runEvents,
  ...requestEvents,
  ...environmentEvents,
  ...blockEvents,
  ...agentEvents,
  ...diagnosticEvents,
} as const;

export type Catalogue = typeof catalogue;
export type EventType = keyof Catalogue;
export type EventPayload<T extends EventType> = z.infer<Catalogue[T]['payload']>;

/** Events that an execution environment may emit by itself; all others it has to ask the session for. */
export type EnvironmentEventType = {
  [T in EventType]: Catalogue[T]['emitter'] extends 'environment' ? T : never;
}[EventType];

/** Events of a retention that has rows in the log. */
export type StoredEventType = {
  [T in EventType]: Catalogue[T]['retention'] extends 'keep' | 'until-complete' ? T : never;
}[EventType];

export function eventRow(type: string): EventRow | undefined {
  return Object.hasOwn(catalogue, type) ? catalogue[type as EventType] : undefined;
}
