import * as z from 'zod';
import { defineEvents } from './event-row.ts';

const environment = { audience: 'client', retention: 'keep', emitter: 'session' } as const;

/** Why an environment is no longer there. */
export const terminationReasonSchema = z.enum(['manual', 'unhealthy', 'idle', 'shutdown']);
export type TerminationReason = z.infer<typeof terminationReasonSchema>;

export const environmentEvents = defineEvents({
  'environment:starting': {
    payload: z.object({}),
    ...environment,
    summary: 'The place where the agent runs is being made ready.',
  },
  'environment:ready': { payload: z.object({}), ...environment, summary: 'It can take a turn.' },
  'environment:error': {
    payload: z.object({ code: z.string(), message: z.string(), stage: z.string().optional() }),
    ...environment,
    summary: 'It could not start, or it broke.',
  },
  'environment:terminated': {
    payload: z.object({ reason: terminationReasonSchema }),
    ...environment,
    summary: 'It is gone; the next message starts it again.',
  },
});
