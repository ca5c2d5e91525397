import * as z from 'zod';
import { idSchema, jsonObjectSchema, jsonSchema, timeSchema } from '../schema-parts.ts';
import { contentSchema } from './content.ts';

/** `pending` is open; the others are final. `aborted` means the run ended before the block did. */
export const blockStatusSchema = z.enum(['pending', 'complete', 'error', 'aborted']);
export type BlockStatus = z.infer<typeof blockStatusSchema>;

const base = {
  id: idSchema,
  status: blockStatusSchema,
  /** The block it follows. An event carries it only when it branches; the fold fills it in. */
  parentId: idSchema.nullable().optional(),
  metadata: jsonObjectSchema.optional(),
  /** The place of the event that started the block. Set by the fold. */
  seq: z.int().min(1).optional(),
  /** When it started. Set by the fold. */
  at: timeSchema.optional(),
  /** The run and the agent it belongs to. Set by the fold. */
  runId: idSchema.optional(),
  agent: z.string().optional(),
};

export const blockSchema = z.discriminatedUnion('type', [
  z.object({ ...base, type: z.literal('user_message'), content: contentSchema }),
  z.object({ ...base, type: z.literal('assistant_text'), content: z.string(), model: z.string().optional() }),
  z.object({ ...base, type: z.literal('thinking'), content: z.string(), summary: z.string().optional() }),
  z.object({
    ...base,
    type: z.literal('tool_use'),
    toolName: z.string(),
    toolUseId: z.string(),
    input: jsonSchema,
    displayName: z.string().optional(),
    description: z.string().optional(),
  }),
  z.object({
    ...base,
    type: z.literal('tool_result'),
    toolUseId: z.string(),
    output: jsonSchema,
    isError: z.boolean(),
    durationMs: z.number().min(0).optional(),
    renderOutputAsMarkdown: z.boolean().optional(),
  }),
  z.object({
    ...base,
    type: z.literal('system'),
    subtype: z.enum([
      'session_start',
      'session_end',
      'error',
      'status',
      'hook_response',
      'auth_status',
      'log',
    ]),
    message: z.string(),
  }),
  z.object({
    ...base,
    type: z.literal('subagent'),
    subagentId: z.string().optional(),
    toolUseId: z.string().optional(),
    name: z.string().optional(),
    input: jsonSchema,
    description: z.string().optional(),
    output: z.string().optional(),
    durationMs: z.number().min(0).optional(),
  }),
  z.object({ ...base, type: z.literal('error'), message: z.string(), code: z.string().optional() }),
  z.object({ ...base, type: z.literal('skill_load'), skillName: z.string(), content: z.string() }),
]);

/** A part of what is said. Once its status is not `pending` it never changes again. */
export type Block = z.infer<typeof blockSchema>;
export type BlockType = Block['type'];
export type BlockOf<T extends BlockType> = Extract<Block, { type: T }>;

/** The kinds of block that a delta can append to. */
export type StreamedBlock = BlockOf<'assistant_text' | 'thinking' | 'skill_load'>;
