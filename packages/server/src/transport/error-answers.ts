import {
  type ErrorBody,
  type ErrorCode,
  errorTable,
  isPerdureError,
  type JsonObject,
  PerdureError,
} from '@perdure/protocol';
import { TRPCError } from '@trpc/server';
import { invalidInput, type SchemaIssue } from '../host/parse-input.ts';
import type { IdSource } from '../session/id-source.ts';
import type { Logger } from '../session/logger.ts';

// F1. One function decides what a client is told about a failure, whatever wire it came by.
// F2. Only what we raised ourselves is told. Everything else is `internal`: its text, stack and cause go to the log under an
//     errorId, and the client gets that id.
// F3. What is told is short, so that nobody can have sent back to them what they sent: names that a client made up are cut.

export interface ErrorAnswers {
  /** What the client is told. `path` is the procedure or the route's template, never a URL. */
  tell(thrown: unknown, path: string | undefined): PerdureError;
}

export function createErrorAnswers({ logger, ids }: { logger: Logger; ids: IdSource }): ErrorAnswers {
  return {
    tell(thrown, path) {
      const known = raisedError(thrown);
      if (known !== undefined) return shortened(known); // F3
      const errorId = ids.id();
      logger.error({ errorId, path, err: thrown }, 'a request failed');
      return new PerdureError(
        'internal',
        `Something failed that the server did not foresee. Its log has it as ${errorId}.`,
        {
          errorId,
        },
      );
    },
  };
}

/** With its code and shape around it, an error stays below 1 KiB. */
const MAX_MESSAGE_BYTES = 320;
const MAX_DETAILS_BYTES = 448;

function shortened(error: PerdureError): PerdureError {
  const { code, message, details, errorId } = error;
  const fits = details === undefined || jsonBytes(details) <= MAX_DETAILS_BYTES;
  if (fits && jsonBytes(message) <= MAX_MESSAGE_BYTES) return error;
  return new PerdureError(code, cut(message), { errorId, cause: error, ...(fits ? { details } : {}) });
}

function cut(message: string): string {
  if (jsonBytes(message) <= MAX_MESSAGE_BYTES) return message;
  const start = message.slice(0, MAX_MESSAGE_BYTES - 8);
  // No character takes more than six bytes: `\u0000`.
  return `${jsonBytes(start) <= MAX_MESSAGE_BYTES - 8 ? start : message.slice(0, MAX_MESSAGE_BYTES / 8)}…`;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The HTTP answer of an error. */
export function errorResponse(error: PerdureError, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify({ error: error.toBody() } satisfies { error: ErrorBody }), {
    status: error.status,
    headers: { 'content-type': 'application/json', ...errorHeaders(error), ...headers },
  });
}

/** Headers that say when and how to try again. */
export function errorHeaders(error: PerdureError): Record<string, string> {
  const retryAfterMs = error.details?.['retryAfterMs'];
  const waits = error.status === 429 || error.status === 503;
  return {
    ...(waits
      ? { 'retry-after': String(Math.max(1, Math.ceil(Number(retryAfterMs ?? 1_000) / 1_000))) }
      : {}),
    ...(error.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  };
}

/** The error that we or the router raised on purpose; `undefined`: a fault. */
export function raisedError(thrown: unknown): PerdureError | undefined {
  const error = thrown instanceof TRPCError && thrown.cause !== undefined ? thrown.cause : thrown;
  if (isPerdureError(error)) return answersRequests(error.code) ? error : undefined;
  return thrown instanceof TRPCError ? ofRouter(thrown) : undefined;
}

/** Codes by which a run, a start or a client call fails have no HTTP status: one that gets here is a fault of ours. */
function answersRequests(code: ErrorCode): boolean {
  return errorTable[code].status !== 0;
}

/** By shape: an application may hold a copy of zod of its own. */
function isSchemaError(error: unknown): error is { issues: readonly SchemaIssue[] } {
  return error instanceof Error && 'issues' in error && Array.isArray(error.issues);
}

/** What tRPC itself refuses, in our codes and words: its own words may repeat what was sent. */
function ofRouter({ code, cause }: TRPCError): PerdureError | undefined {
  switch (code) {
    case 'NOT_FOUND':
      return new PerdureError('unknown-procedure', 'There is no such procedure, or it is of another kind.');
    case 'METHOD_NOT_SUPPORTED':
      return new PerdureError('method-not-allowed', 'Queries and subscriptions take GET, mutations POST.');
    case 'PARSE_ERROR':
      return new PerdureError('malformed-json', 'The message is not JSON that tRPC could read.');
    case 'UNSUPPORTED_MEDIA_TYPE':
      return new PerdureError('unsupported-media-type', 'The body must be sent as application/json.');
    case 'PAYLOAD_TOO_LARGE':
      return new PerdureError('payload-too-large', 'The body is larger than limits.bodyBytes.');
    case 'BAD_REQUEST':
    case 'UNPROCESSABLE_CONTENT':
      // Only here: a schema error that a handler throws is about our data, not about the client's.
      if (isSchemaError(cause)) return invalidInput(cause.issues);
      if (cause instanceof SyntaxError) return new PerdureError('malformed-json', 'The input is not JSON.');
      return new PerdureError('invalid-input', 'The call is not one that tRPC could read.');
    default:
      return undefined;
  }
}

/** The refusal of a limit, with the numbers that tell. */
export function limitExceeded(
  refusal: { limit: string; max: number; current: number; retryAfterMs: number },
  code: 'limit-exceeded' | 'too-many-streams' | 'queue-full' = 'limit-exceeded',
): PerdureError {
  const { limit, max, current, retryAfterMs } = refusal;
  const details: JsonObject = { limit, max, current, retryAfterMs };
  const advice = code === 'too-many-streams' ? ' Close one, or share them over one HTTP/2 connection.' : '';
  return new PerdureError(code, `The limit ${limit} is reached: ${current} of ${max}.${advice}`, { details });
}
