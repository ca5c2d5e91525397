import * as z from 'zod';
import { type ErrorCode, errorTable, type WireErrorCode } from '../error-codes.ts';
import { jsonObjectSchema } from '../schema-parts.ts';

const scopes = new Set<string>(['request', 'socket']);
const codes = Object.keys(errorTable) as ErrorCode[];

/** The codes that can answer a request or a subscription, in the order of the table. */
export const wireErrorCodes = codes.filter((code): code is WireErrorCode =>
  scopes.has(errorTable[code].scope),
);

/** An error as it travels. */
export const errorBodySchema = z.object({
  code: z.enum(wireErrorCodes),
  message: z.string(),
  /** Finds the failure in the server's log. */
  errorId: z.string().optional(),
  details: jsonObjectSchema.optional(),
});

/** The body of every REST answer that is an error, and the data of an `error` event in a stream. */
export const errorAnswerSchema = z.object({ error: errorBodySchema });
