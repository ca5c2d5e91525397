import * as z from 'zod';
import { CURSOR_PATTERN } from './cursor.ts';
import { COMMAND_ID_PATTERN, ID_PATTERN } from './ids.ts';
import type { JsonObject } from './json.ts';

/** Bounds that the schemas state, so that one over is refused before anything is stored. */
export const sizes = {
  /** A title is a line in a list. */
  titleLength: 200,
  tags: 32,
  tagLength: 64,
  /** Explanations that people and models write: reasons, log lines, error messages. */
  textLength: 65_536,
  /** Parts of one message. */
  contentParts: 64,
  /** Items of a page. */
  pageItems: 100,
} as const;

export const idSchema = z
  .string()
  .regex(ID_PATTERN)
  .meta({ description: 'An id: a letter or digit, then up to 63 letters, digits, _ or -.' });
export const commandIdSchema = z
  .string()
  .regex(COMMAND_ID_PATTERN)
  .meta({ description: 'The idempotency key of a command: the same id with the same payload is done once.' });
/** ISO 8601 in UTC, as `Date.prototype.toISOString` writes it. A plain pattern: zod's own puts 400 characters into every schema. */
export const timeSchema = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/)
  .meta({ format: 'date-time' });
export const seqSchema = z.int().min(1).meta({ description: 'A place in the log: dense from 1.' });
export const cursorSchema = z
  .string()
  .regex(CURSOR_PATTERN)
  .meta({ description: 'A place in the log and the claim it was written under: "<epoch>.<seq>".' });

export const jsonSchema = z.json();
export const jsonObjectSchema: z.ZodType<JsonObject, JsonObject> = z.record(z.string(), jsonSchema);

export const titleSchema = z.string().max(sizes.titleLength);
export const tagsSchema = z.array(z.string().min(1).max(sizes.tagLength)).max(sizes.tags);

/** Who did it: a principal as others may see it. */
export const actorSchema = z.object({ principalId: z.string(), name: z.string().optional() });
export type Actor = z.infer<typeof actorSchema>;

/** Where an event comes from. */
export const sourceSchema = z.enum(['agent', 'user', 'environment', 'server']);
export type Source = z.infer<typeof sourceSchema>;

/** What a run used. Counts are tokens; the cost is in US dollars. */
export const usageSchema = z.object({
  inputTokens: z.int().min(0).optional(),
  outputTokens: z.int().min(0).optional(),
  reasoningTokens: z.int().min(0).optional(),
  cachedInputTokens: z.int().min(0).optional(),
  totalTokens: z.int().min(0).optional(),
  costUsd: z.number().min(0).optional(),
  model: z.string().optional(),
});
export type Usage = z.infer<typeof usageSchema>;
