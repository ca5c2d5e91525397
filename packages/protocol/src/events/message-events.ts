import * as z from 'zod';
import { blockSchema } from '../blocks/block.ts';
import { contentSchema } from '../blocks/content.ts';
import { commandIdSchema, idSchema } from '../schema-parts.ts';
import { defineEvents } from './event-row.ts';

/** What happens to a message that arrives while a run is open: it waits, joins the run, or ends it. */
export const deliverySchema = z.enum(['queue', 'steer', 'interrupt']);
export type Delivery = z.infer<typeof deliverySchema>;

/** Why a queue does not start its next run by itself. */
export const holdReasonSchema = z.enum(['user', 'interrupt', 'crashes']);
export type HoldReason = z.infer<typeof holdReasonSchema>;

const messageId = idSchema;

export const messageEvents = defineEvents({
  'message:queued': {
    payload: z.object({
      messageId,
      commandId: commandIdSchema,
      content: contentSchema,
      delivery: deliverySchema,
      after: idSchema.optional(),
    }),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary:
      'A message was accepted. Its runId names the run that will answer it; without one it is only written down.',
  },
  'message:delivered': {
    payload: z.object({ messageId, block: blockSchema }),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary: 'The agent took the message: from here on it is a block of the conversation.',
  },
  'message:edited': {
    payload: z.object({ messageId, content: contentSchema }),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary: 'A queued message has other words.',
  },
  'message:removed': {
    payload: z.object({ messageId }),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary: 'A queued message was taken back.',
  },
  'message:promoted': {
    payload: z.object({ messageId }),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary: 'A queued message goes before all others.',
  },
  'queue:held': {
    payload: z.object({ reason: holdReasonSchema }),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary: 'No further run starts by itself until the queue is released or a new message is submitted.',
  },
  'queue:released': {
    payload: z.object({}),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary: 'The queue goes on.',
  },
});
