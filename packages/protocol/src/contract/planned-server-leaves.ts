import * as z from 'zod';
import { idSchema, sizes, timeSchema } from '../schema-parts.ts';
import * as input from './inputs.ts';
import { http, mutation, query } from './leaf.ts';
import { pageSchema } from './outputs.ts';
import { banSchema, fileSchema, shareSchema } from './planned-outputs.ts';

export const plannedServerLeaves = {
  files: {
    list: query({
      access: ['session:read'],
      input: input.ofSession.extend({ ...input.paging, under: z.string().max(1024).optional() }),
      output: pageSchema(fileSchema),
      errors: ['session-not-found', 'session-deleted', 'invalid-cursor'],
      rest: { method: 'GET', path: '/v1/sessions/{id}/files' },
      summary: 'The files of the workspace.',
    }),
    read: http({
      access: ['session:read'],
      input: input.fileInput,
      output: z.string(),
      errors: ['session-not-found', 'session-deleted'],
      rest: {
        method: 'GET',
        path: '/v1/sessions/{id}/files/{path}',
        produces: ['application/octet-stream'],
      },
      summary: 'One file of the workspace.',
    }),
    write: http({
      access: ['session:write'],
      input: input.fileInput,
      output: fileSchema,
      errors: ['session-not-found', 'session-deleted', 'session-archived'],
      rest: { method: 'PUT', path: '/v1/sessions/{id}/files/{path}', accept: 'application/octet-stream' },
      summary: 'Writes a file into the workspace.',
    }),
  },
  shares: {
    create: mutation({
      access: ['session:share'],
      input: input.shareInput,
      output: shareSchema.extend({ token: z.string() }),
      errors: ['session-not-found'],
      rest: { method: 'POST', path: '/v1/shares' },
      summary: 'A link to sessions, with a role and an end.',
    }),
    list: query({
      access: ['session:share'],
      input: z.object(input.paging),
      output: pageSchema(shareSchema),
      errors: ['invalid-cursor'],
      rest: { method: 'GET', path: '/v1/shares' },
      summary: 'The links you made.',
    }),
    revoke: mutation({
      access: ['session:share'],
      input: z.object({ shareId: idSchema }),
      output: z.object({}),
      errors: [],
      rest: { method: 'DELETE', path: '/v1/shares/{shareId}', status: 204 },
      summary: 'Ends a link and what follows through it.',
    }),
  },
  bans: {
    list: query({
      access: ['session:admin'],
      input: z.object({ swarm: idSchema, ...input.paging }),
      output: pageSchema(banSchema),
      errors: ['invalid-cursor'],
      rest: { method: 'GET', path: '/v1/swarms/{swarm}/bans' },
      summary: 'Who is banned from a swarm.',
    }),
    add: mutation({
      access: ['session:admin'],
      input: input.banInput,
      output: banSchema,
      errors: [],
      rest: { method: 'POST', path: '/v1/swarms/{swarm}/bans' },
      summary: 'Bans a principal from a swarm.',
    }),
    remove: mutation({
      access: ['session:admin'],
      input: z.object({ swarm: idSchema, principalId: z.string() }),
      output: z.object({}),
      errors: [],
      rest: { method: 'DELETE', path: '/v1/swarms/{swarm}/bans/{principalId}', status: 204 },
      summary: 'Lifts a ban.',
    }),
  },
  audit: {
    export: http({
      access: ['session:admin'],
      input: z.object({
        format: z.enum(['json', 'csv', 'jsonl']).optional(),
        since: timeSchema.optional(),
        until: timeSchema.optional(),
      }),
      output: z.string(),
      errors: [],
      rest: {
        method: 'GET',
        path: '/v1/audit',
        produces: ['application/json', 'text/csv', 'application/jsonl'],
      },
      summary: 'Who did what, and when.',
    }),
  },
  ai: {
    chat: http({
      access: ['session:write'],
      input: input.chatInput.extend({ messages: input.chatInput.shape.messages.max(sizes.pageItems) }),
      output: z.string(),
      errors: ['session-not-found', 'session-deleted', 'session-archived'],
      rest: { method: 'POST', path: '/v1/ai/{id}', produces: ['text/event-stream'] },
      summary: "A turn as the AI SDK's UI message stream.",
    }),
    resume: http({
      access: ['session:read'],
      input: input.ofSession,
      output: z.string(),
      errors: ['session-not-found', 'session-deleted'],
      rest: { method: 'GET', path: '/v1/ai/{id}', produces: ['text/event-stream'] },
      summary: 'The stream of the open turn from its start.',
    }),
  },
};
