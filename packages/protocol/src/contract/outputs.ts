import * as z from 'zod';
import { blockSchema } from '../blocks/block.ts';
import { envelopeSchema } from '../events/session-event.ts';
import {
  commandIdSchema,
  cursorSchema,
  idSchema,
  jsonObjectSchema,
  seqSchema,
  tagsSchema,
  timeSchema,
  titleSchema,
} from '../schema-parts.ts';
import { activitySchema } from '../state/activity.ts';
import { runStateSchema } from '../state/runtime-state.ts';
import { sessionStateSchema } from '../state/session-state-schema.ts';

/** A session as it stands in a list. */
export const sessionListItemSchema = z.object({
  id: idSchema,
  title: titleSchema,
  tags: tagsSchema,
  metadata: jsonObjectSchema,
  agent: z.string(),
  swarm: z.string().optional(),
  parentId: idSchema.optional(),
  ownerId: z.string(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  /** Place of the last event. */
  head: z.int().min(0),
  activity: activitySchema,
  openRequests: z.int().min(0),
  /** The last words said in the main conversation, shortened. */
  lastText: z.string(),
  archived: z.boolean(),
});
export type SessionListItem = z.infer<typeof sessionListItemSchema>;

/** The answer to an accepted command. `duplicate`: it had been accepted before, and this is that answer. */
export const acceptedSchema = z.object({
  commandId: commandIdSchema,
  seq: seqSchema,
  duplicate: z.boolean(),
});
export type Accepted = z.infer<typeof acceptedSchema>;

export const submittedSchema = acceptedSchema.extend({
  runId: idSchema.optional(),
  /** How many messages go before it; 0 is next. */
  position: z.int().min(0).optional(),
});
export type Submitted = z.infer<typeof submittedSchema>;

export const createdSchema = sessionListItemSchema.extend({ created: z.boolean() });
export type Created = z.infer<typeof createdSchema>;

export const sessionSnapshotSchema = z.object({ cursor: cursorSchema, state: sessionStateSchema });
export type SessionSnapshot = z.infer<typeof sessionSnapshotSchema>;

export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    count: z.int().min(0).optional(),
  });
}

/** A page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
  readonly count?: number | undefined;
}

/** `null` stands for an id that is missing or not yours, when a list was asked for by `ids`. */
export const sessionPageSchema = pageSchema(sessionListItemSchema.nullable());
export const runPageSchema = pageSchema(runStateSchema);
export const blockPageSchema = pageSchema(blockSchema);
export const eventPageSchema = pageSchema(envelopeSchema);

export const durabilitySchema = z.enum(['disk', 'process', 'memory']);
/** What survives: `disk` a power cut, `process` the death of the process, `memory` nothing. */
export type Durability = z.infer<typeof durabilitySchema>;

export const helloSchema = z.object({
  protocol: z.array(z.int()),
  server: z.string(),
  /** Leaves that this server offers beyond `not-implemented`. */
  features: z.array(z.string()),
  limits: z.record(z.string(), z.number()),
  durability: durabilitySchema,
  principal: z
    .object({
      id: z.string(),
      kind: z.enum(['open', 'user', 'service', 'share', 'system']),
      name: z.string().optional(),
    })
    .nullable(),
});
export type Hello = z.infer<typeof helloSchema>;
