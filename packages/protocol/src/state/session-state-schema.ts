import * as z from 'zod';
import { blockSchema } from '../blocks/block.ts';
import { contentSchema } from '../blocks/content.ts';
import { deliverySchema, holdReasonSchema } from '../events/message-events.ts';
import { requestKindSchema } from '../events/request-events.ts';
import {
  actorSchema,
  commandIdSchema,
  idSchema,
  jsonObjectSchema,
  jsonSchema,
  tagsSchema,
  timeSchema,
  titleSchema,
} from '../schema-parts.ts';
import { activitySchema } from './activity.ts';
import { environmentStatusSchema, runStateSchema } from './runtime-state.ts';

export const queuedMessageSchema = z.object({
  messageId: idSchema,
  commandId: commandIdSchema,
  runId: idSchema.optional(),
  content: contentSchema,
  delivery: deliverySchema,
  after: idSchema.optional(),
  at: timeSchema,
  actor: actorSchema,
});
export type QueuedMessage = z.infer<typeof queuedMessageSchema>;

export const openRequestSchema = z.object({
  requestId: idSchema,
  runId: idSchema.optional(),
  kind: requestKindSchema,
  prompt: z.string(),
  schema: jsonObjectSchema.optional(),
  toolUseId: z.string().optional(),
  input: jsonSchema.optional(),
  openedAt: timeSchema,
  expiresAt: timeSchema.optional(),
});
export type OpenRequest = z.infer<typeof openRequestSchema>;

export const conversationSchema = z.object({
  /** The conversation this one was spawned from. */
  parent: idSchema.optional(),
  /** The block that the next one follows. */
  branchHead: idSchema.nullable(),
  /** In order of their start. */
  blocks: z.array(blockSchema),
  /** Whether older blocks exist that are not here; they are read in pages. */
  hasOlder: z.boolean(),
});
export type Conversation = z.infer<typeof conversationSchema>;

export const sessionStateSchema = z.object({
  id: idSchema,
  title: titleSchema,
  tags: tagsSchema,
  metadata: jsonObjectSchema,
  options: jsonObjectSchema,
  /** The active agent. */
  agent: z.string(),
  swarm: z.string().optional(),
  parentId: idSchema.optional(),
  ownerId: z.string(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  archived: z.boolean(),
  activity: activitySchema,
  environment: environmentStatusSchema,
  /** The last run that ended, then the open ones in order of their queueing. */
  runs: z.array(runStateSchema),
  queue: z.array(queuedMessageSchema),
  held: holdReasonSchema.nullable(),
  requests: z.array(openRequestSchema),
  conversations: z.record(z.string(), conversationSchema),
  lastError: z.object({ code: z.string(), message: z.string(), at: timeSchema }).optional(),
});

/** A session as the fold of its log. JSON only. */
export type SessionState = z.infer<typeof sessionStateSchema>;

/** The runtime part of a state: what `status:changed` tells. */
export interface SessionRuntime {
  readonly activity: SessionState['activity'];
  readonly environment: SessionState['environment'];
  readonly run: SessionState['runs'][number] | null;
}
