import * as z from 'zod';
import { actorSchema, idSchema, timeSchema, usageSchema } from '../schema-parts.ts';

export const environmentStatusSchema = z.object({
  status: z.enum(['inactive', 'starting', 'ready', 'error', 'terminated']),
  message: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string(), stage: z.string().optional() }).optional(),
});
export type EnvironmentStatus = z.infer<typeof environmentStatusSchema>;

/** `cancelled`: someone asked for it. `interrupted`: the host died, stopped, or lost its disk. */
export const runStatusSchema = z.enum([
  'queued',
  'running',
  'waiting',
  'stopping',
  'completed',
  'failed',
  'interrupted',
  'cancelled',
]);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** One execution of an agent. */
export const runStateSchema = z.object({
  runId: idSchema,
  status: runStatusSchema,
  agent: z.string(),
  attempt: z.int().min(1),
  queuedAt: timeSchema,
  startedAt: timeSchema.optional(),
  endedAt: timeSchema.optional(),
  error: z.object({ code: z.string(), message: z.string(), retryable: z.boolean() }).optional(),
  usage: usageSchema.optional(),
  /** Whose message it answers. */
  actor: actorSchema.optional(),
  /** Place of the event that ended it. */
  endSeq: z.int().min(1).optional(),
});
export type RunState = z.infer<typeof runStateSchema>;
