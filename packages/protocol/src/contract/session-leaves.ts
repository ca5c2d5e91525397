import * as z from 'zod';
import { followFrameSchema } from '../frames/follow-frame.ts';
import { runStateSchema } from '../state/runtime-state.ts';
import * as input from './inputs.ts';
import { mutation, query, type RestRoute, subscription } from './leaf.ts';
import * as output from './outputs.ts';

const read = ['session:read'] as const;
const write = ['session:write'] as const;
const control = ['session:control'] as const;

/** A change of what waits: all have the same rights and answer, and those that name a message can find it gone. */
function queueCommand<I extends z.ZodType>(
  commandInput: I,
  { rest, summary }: { rest: RestRoute; summary: string },
) {
  const gone = rest.path.includes('{messageId}') ? (['message-not-found'] as const) : [];
  return mutation({
    access: write,
    input: commandInput,
    output: output.acceptedSchema,
    errors: ['session-not-found', 'session-deleted', 'session-archived', ...gone, 'idempotency-mismatch'],
    rest,
    summary,
  });
}

export const sessionLeaves = {
  create: mutation({
    access: ['session:create'],
    input: input.createInput,
    output: output.createdSchema,
    errors: ['unknown-agent', 'id-taken', 'idempotency-mismatch'],
    rest: { method: 'POST', path: '/v1/sessions', created: 'created' },
    summary: 'Creates a session, or answers with your own that has the id already.',
  }),
  list: query({
    access: ['session:list'],
    input: input.listInput,
    output: output.sessionPageSchema,
    errors: ['invalid-cursor'],
    rest: { method: 'GET', path: '/v1/sessions' },
    summary: 'The sessions you may see, last changed first.',
  }),
  get: query({
    access: read,
    input: input.ofSession,
    output: output.sessionSnapshotSchema,
    errors: ['session-not-found', 'session-deleted'],
    rest: { method: 'GET', path: '/v1/sessions/{id}' },
    summary: 'The state of a session and its cursor.',
  }),
  update: mutation({
    access: write,
    input: input.updateInput,
    output: output.acceptedSchema,
    errors: ['session-not-found', 'session-deleted', 'idempotency-mismatch'],
    rest: { method: 'PATCH', path: '/v1/sessions/{id}' },
    summary: 'Changes title, tags, metadata, options or the archive flag.',
  }),
  delete: mutation({
    access: ['session:admin'],
    input: input.ofSession,
    output: z.object({}),
    errors: ['session-not-found'],
    rest: { method: 'DELETE', path: '/v1/sessions/{id}', status: 204 },
    summary: 'Deletes a session for good.',
  }),
  submit: mutation({
    access: write,
    input: input.submitInput,
    output: output.submittedSchema,
    errors: [
      'session-not-found',
      'session-deleted',
      'session-archived',
      'agent-not-active',
      'queue-full',
      'idempotency-mismatch',
    ],
    rest: { method: 'POST', path: '/v1/sessions/{id}/messages', status: 202 },
    summary: 'Says something to the agent.',
  }),
  queue: {
    update: queueCommand(input.queueUpdateInput, {
      rest: { method: 'PATCH', path: '/v1/sessions/{id}/queue/{messageId}', status: 202 },
      summary: 'Changes the words of a message that still waits.',
    }),
    remove: queueCommand(input.queuedMessageInput, {
      rest: { method: 'DELETE', path: '/v1/sessions/{id}/queue/{messageId}', status: 202 },
      summary: 'Takes back a message that still waits.',
    }),
    promote: queueCommand(input.queuedMessageInput, {
      rest: { method: 'POST', path: '/v1/sessions/{id}/queue/{messageId}/promote', status: 202 },
      summary: 'Puts a waiting message before all others.',
    }),
    hold: queueCommand(input.command, {
      rest: { method: 'POST', path: '/v1/sessions/{id}/queue/hold', status: 202 },
      summary: 'Lets the open run end and starts no other.',
    }),
    release: queueCommand(input.command, {
      rest: { method: 'POST', path: '/v1/sessions/{id}/queue/release', status: 202 },
      summary: 'Ends a hold.',
    }),
  },
  interrupt: mutation({
    access: control,
    input: input.interruptInput,
    output: output.acceptedSchema,
    errors: ['session-not-found', 'session-deleted', 'run-not-found', 'idempotency-mismatch'],
    rest: { method: 'POST', path: '/v1/sessions/{id}/interrupt', status: 202 },
    summary: 'Ends a run within a second.',
  }),
  runs: query({
    access: read,
    input: input.runsInput,
    output: output.runPageSchema,
    errors: ['session-not-found', 'session-deleted', 'invalid-cursor'],
    rest: { method: 'GET', path: '/v1/sessions/{id}/runs' },
    summary: 'The runs of a session, newest first.',
  }),
  run: query({
    access: read,
    input: input.runInput,
    output: runStateSchema,
    errors: ['session-not-found', 'session-deleted', 'run-not-found'],
    rest: { method: 'GET', path: '/v1/sessions/{id}/runs/{runId}' },
    summary: 'One run; with `wait`, answered when it ends or the seconds are over.',
  }),
  blocks: query({
    access: read,
    input: input.blocksInput,
    output: output.blockPageSchema,
    errors: ['session-not-found', 'session-deleted', 'invalid-cursor'],
    rest: { method: 'GET', path: '/v1/sessions/{id}/blocks' },
    summary: 'Completed blocks in pages, newest first unless asked otherwise.',
  }),
  events: query({
    access: read,
    input: input.eventsInput,
    output: output.eventPageSchema,
    errors: ['session-not-found', 'session-deleted', 'invalid-cursor', 'too-many-streams'],
    rest: { method: 'GET', path: '/v1/sessions/{id}/events', stream: 'sessions.follow' },
    summary: 'The log in pages, both ways and filtered; with `Accept: text/event-stream` it is followed.',
  }),
  follow: subscription({
    access: read,
    input: input.followInput,
    output: followFrameSchema,
    errors: ['session-not-found', 'session-deleted', 'invalid-cursor', 'too-many-streams'],
    summary: 'Frames of the log from a cursor on, for as long as the client stays.',
  }),
};
