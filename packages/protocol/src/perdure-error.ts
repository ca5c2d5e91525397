import { type ErrorCode, errorTable, isErrorCode, type Retry } from './error-codes.ts';
import type { JsonObject } from './json.ts';
import { definedOf } from './state/defined-of.ts';

export interface PerdureErrorOptions {
  /** The values that matter, such as `{ limit, max, current }`. They travel to the client: never a secret. */
  readonly details?: JsonObject | undefined;
  /** Finds the failure in the server's log. */
  readonly errorId?: string | undefined;
  readonly cause?: unknown;
}

/** The body in which an error travels. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly errorId?: string | undefined;
  readonly details?: JsonObject | undefined;
}

/** The one error that Perdure throws: a code from the closed table, a sentence that tells what to do next, and the values that matter. */
export class PerdureError extends Error {
  override readonly name = 'PerdureError';
  readonly code: ErrorCode;
  readonly details: JsonObject | undefined;
  readonly errorId: string | undefined;

  constructor(code: ErrorCode, message: string, options: PerdureErrorOptions = {}) {
    super(message, definedOf({ cause: options.cause }));
    this.code = code;
    this.details = options.details;
    this.errorId = options.errorId;
  }

  /** Whether the same command, a new one, or none can succeed. */
  get retry(): Retry {
    return errorTable[this.code].retry;
  }

  /** The HTTP status of the code; 0 where the error never answers a request. */
  get status(): number {
    return errorTable[this.code].status;
  }

  toBody(): ErrorBody {
    const { code, message, errorId, details } = this;
    return { code, message, ...definedOf({ errorId, details }) };
  }
}

/** Whether `error` is ours, and of this code if one is given. Works across copies of the package, unlike `instanceof`. */
export function isPerdureError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is PerdureError & { code: C } {
  if (!(error instanceof Error) || error.name !== 'PerdureError') return false;
  const { code: own } = error as Partial<PerdureError>;
  return isErrorCode(own) && (code === undefined || own === code);
}
