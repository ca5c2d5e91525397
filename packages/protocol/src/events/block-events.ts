import * as z from 'zod';
import { blockSchema } from '../blocks/block.ts';
import { idSchema, jsonObjectSchema } from '../schema-parts.ts';
import { defineEvents } from './event-row.ts';

const blockId = idSchema;

export const blockEvents = defineEvents({
  'block:start': {
    payload: z.object({ block: blockSchema }),
    audience: 'client',
    retention: 'keep',
    emitter: 'environment',
    summary: 'A block is open. Its text, if it has one, grows by deltas.',
  },
  'block:delta': {
    payload: z.object({ blockId, delta: z.string() }),
    audience: 'client',
    retention: 'until-complete',
    emitter: 'environment',
    summary: 'Text to append to an open block.',
  },
  'block:update': {
    payload: z.object({ blockId, updates: jsonObjectSchema }),
    audience: 'client',
    retention: 'keep',
    emitter: 'environment',
    summary: 'Fields of an open block have other values. Its id, type and status stay.',
  },
  'block:complete': {
    payload: z.object({ blockId, block: blockSchema }),
    audience: 'client',
    retention: 'keep',
    emitter: 'environment',
    summary: 'The block is final, as it stands here, and never changes again.',
  },
});
