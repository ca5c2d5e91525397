import * as z from 'zod';
import { idSchema, jsonObjectSchema, tagsSchema, titleSchema } from '../schema-parts.ts';
import { defineEvents } from './event-row.ts';

const fields = {
  title: titleSchema,
  tags: tagsSchema,
  metadata: jsonObjectSchema,
  options: jsonObjectSchema,
};

export const sessionEvents = defineEvents({
  'session:created': {
    payload: z.object({
      agent: z.string().optional(),
      swarm: z.string().optional(),
      ...fields,
      parentId: idSchema.optional(),
    }),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary: 'The session exists. Always the first event of a log.',
  },
  'session:updated': {
    payload: z.object({ ...fields, archived: z.boolean() }).partial(),
    audience: 'client',
    retention: 'keep',
    emitter: 'session',
    summary:
      'Title, tags, metadata, options or the archive flag changed; only the changed fields stand in it.',
  },
  'session:corrupt': {
    payload: z.object({ after: z.int().min(0), through: z.int().min(1) }),
    audience: 'client',
    retention: 'marker',
    emitter: 'session',
    summary:
      'The events in this range cannot be read: their row is damaged. What stands around them is whole.',
  },
});
