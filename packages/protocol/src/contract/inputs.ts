import * as z from 'zod';
import { contentSchema } from '../blocks/content.ts';
import { deliverySchema } from '../events/message-events.ts';
import { logLevelSchema } from '../events/diagnostic-events.ts';
import {
  commandIdSchema,
  cursorSchema,
  idSchema,
  jsonObjectSchema,
  jsonSchema,
  sizes,
  sourceSchema,
  tagsSchema,
  timeSchema,
  titleSchema,
} from '../schema-parts.ts';
import { activitySchema } from '../state/activity.ts';

const sessionId = idSchema;
/** Optional on the wire: the server makes one and hands it back, but then a retry is a new command. */
const commandId = commandIdSchema.optional();

export const ofSession = z.object({ sessionId });
export const command = ofSession.extend({ commandId });

export const paging = {
  limit: z.int().min(1).max(sizes.pageItems).optional(),
  cursor: z.string().max(512).optional(),
  count: z.boolean().optional(),
};

const listFilters = {
  activity: activitySchema.optional(),
  archived: z.boolean().optional(),
  tag: z.string().optional(),
  /** Text to be found in title or last words. */
  q: z.string().max(200).optional(),
  /** Fields that the session's metadata must equal. */
  metadata: z.record(z.string(), z.string()).optional(),
};

export const listInput = z.object({
  ...paging,
  ...listFilters,
  ids: z.array(idSchema).max(sizes.pageItems).optional(),
});
export const watchInput = z.object({ ...listFilters, lastEventId: z.string().optional() });

export const createInput = z.object({
  id: idSchema.optional(),
  agent: z.string().optional(),
  swarm: z.string().optional(),
  title: titleSchema.optional(),
  tags: tagsSchema.optional(),
  metadata: jsonObjectSchema.optional(),
  options: jsonObjectSchema.optional(),
  parentId: idSchema.optional(),
  /** The first message: created and submitted in one append. */
  message: contentSchema.optional(),
  template: z.string().optional(),
  files: z.record(z.string(), z.string()).optional(),
  mode: z.enum(['session', 'connection', 'complete', 'scope']).optional(),
});

export const updateInput = command.extend({
  title: titleSchema.optional(),
  tags: tagsSchema.optional(),
  metadata: jsonObjectSchema.optional(),
  options: jsonObjectSchema.optional(),
  archived: z.boolean().optional(),
});

export const submitInput = command.extend({
  content: contentSchema,
  delivery: deliverySchema.optional(),
  /** False writes the message into the history and starts nothing. Default: true. */
  run: z.boolean().optional(),
  /** The block it follows: makes a sibling of what follows that block now. */
  after: idSchema.optional(),
  /** Refused with `agent-not-active` if another agent is active. */
  ifAgent: z.string().optional(),
  debounceMs: z.int().min(0).max(60_000).optional(),
});

export const queuedMessageInput = command.extend({ messageId: idSchema });
export const queueUpdateInput = queuedMessageInput.extend({ content: contentSchema });

export const interruptInput = command.extend({
  runId: idSchema,
  /** Start the next queued run afterwards. Default: false, the queue is held. */
  next: z.boolean().optional(),
});

export const runsInput = ofSession.extend(paging);
export const runInput = ofSession.extend({
  runId: idSchema,
  /** Seconds to wait for the run to end before answering. */
  wait: z.int().min(0).max(60).optional(),
});

const window = { ...paging, order: z.enum(['asc', 'desc']).optional() };

export const blocksInput = ofSession.extend({
  ...window,
  conversationId: idSchema.optional(),
  q: z.string().max(200).optional(),
});

const eventFilters = { types: z.array(z.string().max(64)).max(64).optional() };

export const eventsInput = ofSession.extend({
  ...window,
  ...eventFilters,
  /** A place in the log: events after it (or before it, when `order` is desc). */
  after: z.string().max(64).optional(),
  source: sourceSchema.optional(),
  level: logLevelSchema.optional(),
  q: z.string().max(200).optional(),
  since: timeSchema.optional(),
  until: timeSchema.optional(),
});

export const followInput = ofSession.extend({
  /** The cursor of the last frame that was seen; wins over `from`. Any text: a wrong one is `invalid-cursor`. */
  lastEventId: z.string().max(64).optional(),
  from: z.enum(['snapshot', 'beginning', 'now']).optional(),
  ...eventFilters,
});

export const respondInput = command.extend({ requestId: idSchema, response: jsonSchema });
export const retryInput = command.extend({ runId: idSchema, mode: z.enum(['continue', 'restart']) });
export const handOffInput = command.extend({ to: z.string() });
export const branchInput = command.extend({ blockId: idSchema });
export const rewindInput = command.extend({ to: cursorSchema });
export const forkInput = command.extend({ at: cursorSchema.optional(), id: idSchema.optional() });
export const askInput = command.extend({ content: contentSchema });
export const signalInput = ofSession.extend({ name: z.string().max(64), data: jsonSchema.optional() });
export const fileInput = ofSession.extend({ path: z.string().min(1).max(1024) });
export const attachmentInput = ofSession.extend({ attachmentId: idSchema });
export const shareInput = z.object({
  sessionIds: z.array(idSchema).min(1).max(sizes.pageItems),
  role: z.enum(['viewer', 'participant']),
  expiresAt: timeSchema.optional(),
});
export const banInput = z.object({ swarm: idSchema, principalId: z.string(), reason: z.string().optional() });
export const chatInput = z.object({ sessionId, messages: z.array(jsonObjectSchema) });

/** What a caller gives: fields with a default may be left out. */
export type CreateInput = z.input<typeof createInput>;
export type ListInput = z.input<typeof listInput>;
export type UpdateInput = z.input<typeof updateInput>;
export type SubmitInput = z.input<typeof submitInput>;
export type QueueUpdateInput = z.input<typeof queueUpdateInput>;
export type QueuedMessageInput = z.input<typeof queuedMessageInput>;
export type CommandInput = z.input<typeof command>;
export type InterruptInput = z.input<typeof interruptInput>;
export type RunsInput = z.input<typeof runsInput>;
export type RunInput = z.input<typeof runInput>;
export type BlocksInput = z.input<typeof blocksInput>;
export type EventsInput = z.input<typeof eventsInput>;
export type FollowInput = z.input<typeof followInput>;
