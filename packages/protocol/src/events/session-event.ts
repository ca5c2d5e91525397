import * as z from 'zod';
import {
  type Actor,
  actorSchema,
  idSchema,
  jsonSchema,
  type Source,
  seqSchema,
  sourceSchema,
  timeSchema,
} from '../schema-parts.ts';
import { catalogue, type EventPayload, type EventType } from './catalogue.ts';

/** What stands around every payload. The session is not named: the subscription implies it. */
export interface EventEnvelope<T extends string = string, P = unknown> {
  /** Place in the log, dense from 1. */
  readonly seq: number;
  /** ISO 8601 UTC, never earlier than the event before it. */
  readonly at: string;
  readonly type: T;
  readonly payload: P;
  /** Whose doing it is; for what agents do, the principal whose command caused the run. */
  readonly actor: Actor;
  readonly source: Source;
  readonly conversationId?: string | undefined;
  readonly runId?: string | undefined;
  readonly agent?: string | undefined;
}

/** An event of the catalogue, told apart by `type`. */
export type SessionEvent<T extends EventType = EventType> = {
  [K in T]: EventEnvelope<K, EventPayload<K>>;
}[T];

/** An event as it may arrive: of the catalogue, or of a later release. Unknown types are kept in order and skipped by the fold. */
export type AnyEvent = EventEnvelope;

export const envelopeSchema = z.object({
  seq: seqSchema,
  at: timeSchema,
  type: z.string(),
  payload: jsonSchema,
  actor: actorSchema,
  source: sourceSchema,
  conversationId: idSchema.optional(),
  runId: idSchema.optional(),
  agent: z.string().optional(),
});

/** The strict schema of one type's events, for tests and the reference; clients never parse the union. */
export function eventSchema<T extends EventType>(type: T): z.ZodType<SessionEvent<T>> {
  const schema = envelopeSchema.extend({ type: z.literal(type), payload: catalogue[type].payload });
  return schema as unknown as z.ZodType<SessionEvent<T>>;
}
