import * as z from 'zod';
import { idSchema, jsonObjectSchema, jsonSchema, timeSchema } from '../schema-parts.ts';
import { defineEvents } from './event-row.ts';

/** What a run asks for: leave to use a tool, an answer, or the work of a tool that lives in the client. */
export const requestKindSchema = z.enum(['approval', 'question', 'client-tool']);
export type RequestKind = z.infer<typeof requestKindSchema>;

export const requestOutcomeSchema = z.enum(['answered', 'expired', 'withdrawn', 'cancelled']);
export type RequestOutcome = z.infer<typeof requestOutcomeSchema>;

export const requestEvents = defineEvents({
  'request:opened': {
    payload: z.object({
      requestId: idSchema,
      kind: requestKindSchema,
      prompt: z.string(),
      schema: jsonObjectSchema.optional(),
      toolUseId: z.string().optional(),
      input: jsonSchema.optional(),
      expiresAt: timeSchema.optional(),
    }),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary: 'A run asks something of the people who follow it.',
  },
  'request:settled': {
    payload: z.object({
      requestId: idSchema,
      outcome: requestOutcomeSchema,
      response: jsonSchema.optional(),
    }),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary: 'The request is over; the actor of the event is who answered.',
  },
});
