import * as z from 'zod';
import { idSchema, usageSchema } from '../schema-parts.ts';
import { defineEvents } from './event-row.ts';

const run = { audience: 'client', retention: 'keep', emitter: 'session' } as const;

export const runEvents = defineEvents({
  'run:started': {
    payload: z.object({ agent: z.string(), attempt: z.int().min(1) }),
    ...run,
    summary: 'The environment confirmed it is ready, and the agent works.',
  },
  'run:waiting': {
    payload: z.object({ requestId: idSchema }),
    ...run,
    summary: 'The run waits for an answer of people or of a client.',
  },
  'run:resumed': { payload: z.object({}), ...run, summary: 'The answer came; the agent works again.' },
  'run:stopping': {
    payload: z.object({}),
    ...run,
    summary: 'Someone asked the run to stop. What it says from here on is dropped.',
  },
  'run:completed': {
    payload: z.object({ usage: usageSchema.optional() }),
    ...run,
    summary: 'The agent finished.',
  },
  'run:failed': {
    payload: z.object({ code: z.string(), message: z.string(), retryable: z.boolean() }),
    ...run,
    summary: 'The run ended by an error.',
  },
  'run:cancelled': { payload: z.object({}), ...run, summary: 'The run ended because someone asked it to.' },
  'run:interrupted': {
    payload: z.object({ reason: z.enum(['crash', 'shutdown', 'store']) }),
    ...run,
    summary: 'The run ended because its host died, stopped, or could no longer write.',
  },
  'run:stuck': { payload: z.object({ pattern: z.string() }), ...run, summary: 'The agent repeats itself.' },
});
