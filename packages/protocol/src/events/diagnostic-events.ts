import * as z from 'zod';
import { environmentStatusSchema, runStateSchema } from '../state/runtime-state.ts';
import { activitySchema } from '../state/activity.ts';
import { jsonSchema, sizes } from '../schema-parts.ts';
import { defineEvents } from './event-row.ts';

export const logLevelSchema = z.enum(['debug', 'info', 'warn', 'error']);
export type LogLevel = z.infer<typeof logLevelSchema>;

export const diagnosticEvents = defineEvents({
  log: {
    payload: z.object({
      level: logLevelSchema,
      message: z.string().max(sizes.textLength),
      data: jsonSchema.optional(),
    }),
    audience: 'client',
    retention: 'keep',
    emitter: 'environment',
    summary: 'A line for those who look into what the agent does.',
  },
  error: {
    payload: z.object({ code: z.string(), message: z.string().max(sizes.textLength) }),
    audience: 'client',
    retention: 'keep',
    emitter: 'environment',
    summary: 'Something went wrong that did not end the run.',
  },
  'app:event': {
    payload: z.object({ name: z.string().min(1).max(128), data: jsonSchema }),
    audience: 'client',
    retention: 'keep',
    emitter: 'environment',
    summary: "An application's own event.",
  },
  'status:changed': {
    payload: z.object({
      runtime: z.object({
        activity: activitySchema,
        environment: environmentStatusSchema,
        run: runStateSchema.nullable(),
      }),
    }),
    audience: 'client',
    retention: 'derived',
    emitter: 'session',
    summary: 'What the session does has changed. Told by bus and SDK when the fold changes; never stored.',
  },
});
