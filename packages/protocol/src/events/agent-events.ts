import * as z from 'zod';
import { defineEvents } from './event-row.ts';

const agent = { audience: 'client', retention: 'keep', emitter: 'session' } as const;

export const agentEvents = defineEvents({
  'agent:changed': {
    payload: z.object({ from: z.string(), to: z.string() }),
    ...agent,
    summary: 'Another agent is active.',
  },
  'agent:spawned': {
    payload: z.object({ toolUseId: z.string(), agent: z.string(), prompt: z.string().optional() }),
    ...agent,
    summary: 'A sub-agent started; the conversationId of the event names its thread.',
  },
  'agent:completed': {
    payload: z.object({
      toolUseId: z.string(),
      status: z.enum(['completed', 'failed']),
      output: z.string().optional(),
      durationMs: z.number().min(0).optional(),
    }),
    ...agent,
    summary: 'A sub-agent ended.',
  },
});
