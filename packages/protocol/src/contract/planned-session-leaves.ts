import * as z from 'zod';
import { idSchema, jsonSchema, timeSchema } from '../schema-parts.ts';
import * as input from './inputs.ts';
import { http, mutation, query, subscription } from './leaf.ts';
import * as output from './outputs.ts';

const ofSession = ['session-not-found', 'session-deleted'] as const;
const read = ['session:read'] as const;
const write = ['session:write'] as const;
const control = ['session:control'] as const;

export const plannedSessionLeaves = {
  watch: subscription({
    access: ['session:list'],
    input: input.watchInput,
    output: z.object({
      upserted: z.array(output.sessionListItemSchema),
      removed: z.array(idSchema),
      reset: z.boolean().optional(),
    }),
    errors: ['too-many-streams'],
    summary: 'Changes of the list, for clients that ask for them.',
  }),
  environment: {
    stop: mutation({
      access: control,
      input: input.command,
      output: output.acceptedSchema,
      errors: [...ofSession, 'idempotency-mismatch'],
      rest: { method: 'POST', path: '/v1/sessions/{id}/environment/stop', status: 202 },
      summary: 'Stops the environment; the next message starts it again.',
    }),
  },
  branch: mutation({
    access: control,
    input: input.branchInput,
    output: output.acceptedSchema,
    errors: [...ofSession, 'session-archived', 'idempotency-mismatch'],
    rest: { method: 'POST', path: '/v1/sessions/{id}/branch', status: 202 },
    summary: 'Switches to a sibling.',
  }),
  rewind: mutation({
    access: control,
    input: input.rewindInput,
    output: output.acceptedSchema,
    errors: [...ofSession, 'session-archived', 'invalid-cursor', 'idempotency-mismatch'],
    rest: { method: 'POST', path: '/v1/sessions/{id}/rewind', status: 202 },
    summary: 'Goes back to a closed place in the log.',
  }),
  condense: mutation({
    access: control,
    input: input.command,
    output: output.acceptedSchema,
    errors: [...ofSession, 'session-archived', 'idempotency-mismatch'],
    rest: { method: 'POST', path: '/v1/sessions/{id}/condense', status: 202 },
    summary: 'Gives the agent a summary in place of old history.',
  }),
  ask: mutation({
    access: write,
    input: input.askInput,
    output: z.object({ text: z.string() }),
    errors: [...ofSession],
    rest: { method: 'POST', path: '/v1/sessions/{id}/ask' },
    summary: 'A side question that leaves the history as it is.',
  }),
  suggestTitle: mutation({
    access: write,
    input: input.ofSession,
    output: z.object({ title: z.string() }),
    errors: [...ofSession],
    rest: { method: 'POST', path: '/v1/sessions/{id}/title' },
    summary: 'A title for the session.',
  }),
  retry: mutation({
    access: control,
    input: input.retryInput,
    output: output.submittedSchema,
    errors: [...ofSession, 'session-archived', 'run-not-found', 'idempotency-mismatch'],
    rest: { method: 'POST', path: '/v1/sessions/{id}/runs/{runId}/retry', status: 202 },
    summary: 'Continues or restarts an interrupted run.',
  }),
  respond: mutation({
    access: ['session:approve'],
    input: input.respondInput,
    output: output.acceptedSchema,
    errors: [...ofSession, 'request-settled', 'idempotency-mismatch'],
    rest: { method: 'POST', path: '/v1/sessions/{id}/requests/{requestId}', status: 202 },
    summary: 'Answers a request of a run. The first answer wins.',
  }),
  handOff: mutation({
    access: control,
    input: input.handOffInput,
    output: output.acceptedSchema,
    errors: [...ofSession, 'session-archived', 'unknown-agent', 'idempotency-mismatch'],
    rest: { method: 'POST', path: '/v1/sessions/{id}/hand-offs', status: 202 },
    summary: 'Makes another agent the active one.',
  }),
  fork: mutation({
    access: ['session:read', 'session:create'],
    input: input.forkInput,
    output: output.createdSchema.extend({ at: z.int().min(1) }),
    errors: [...ofSession, 'invalid-cursor', 'id-taken', 'idempotency-mismatch'],
    rest: { method: 'POST', path: '/v1/sessions/{id}/fork', created: 'created' },
    summary: 'A new session with the same history up to a closed place.',
  }),
  export: http({
    access: read,
    input: input.ofSession.extend({ format: z.enum(['jsonl', 'markdown']).optional() }),
    output: z.string(),
    errors: [...ofSession],
    rest: {
      method: 'GET',
      path: '/v1/sessions/{id}/export',
      produces: ['application/jsonl', 'text/markdown'],
    },
    summary: 'The session as JSONL with a checksum, or as a text for people.',
  }),
  import: http({
    access: ['session:create'],
    input: z.object({ id: idSchema.optional() }),
    output: output.createdSchema,
    errors: ['id-taken'],
    rest: { method: 'POST', path: '/v1/sessions/import', created: 'created', accept: 'application/jsonl' },
    summary: 'A new session from an export.',
  }),
  attachments: {
    write: http({
      access: write,
      input: input.attachmentInput,
      output: z.object({ attachmentId: idSchema, sha256: z.string(), size: z.int().min(0) }),
      errors: [...ofSession, 'session-archived'],
      rest: {
        method: 'PUT',
        path: '/v1/sessions/{id}/attachments/{attachmentId}',
        accept: 'application/octet-stream',
      },
      summary: 'Uploads a file that messages can name.',
    }),
    read: http({
      access: read,
      input: input.attachmentInput,
      output: z.string(),
      errors: [...ofSession],
      rest: {
        method: 'GET',
        path: '/v1/sessions/{id}/attachments/{attachmentId}',
        produces: ['application/octet-stream'],
      },
      summary: 'Downloads it.',
    }),
  },
  analytics: query({
    access: read,
    input: input.ofSession,
    output: z.object({
      runs: z.int(),
      messages: z.int(),
      durationMs: z.number(),
      tokens: z.int(),
      costUsd: z.number(),
    }),
    errors: [...ofSession],
    rest: { method: 'GET', path: '/v1/sessions/{id}/analytics' },
    summary: 'Counts, equal to a recount of the log.',
  }),
  presence: subscription({
    access: read,
    input: input.ofSession.extend({ lastEventId: z.string().optional() }),
    output: z.object({
      present: z.array(z.object({ principalId: z.string(), name: z.string().optional(), since: timeSchema })),
      signal: z.object({ principalId: z.string(), name: z.string(), data: jsonSchema.optional() }).optional(),
    }),
    errors: [...ofSession, 'too-many-streams'],
    summary: 'Who watches, and what they signal. Never in the log.',
  }),
  signal: mutation({
    access: write,
    input: input.signalInput,
    output: z.object({}),
    errors: [...ofSession],
    rest: { method: 'POST', path: '/v1/sessions/{id}/signals', status: 202 },
    summary: 'Tells those who watch something that is not kept, such as typing.',
  }),
};
