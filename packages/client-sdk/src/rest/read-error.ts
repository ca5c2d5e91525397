import { type ErrorCode, isErrorCode, type JsonObject, PerdureError } from '@perdure/protocol';

/** Makes the typed error of an error body as it travels, or nothing if it is not one. */
export function readErrorBody(body: unknown, more: JsonObject = {}): PerdureError | undefined {
  if (!isRecord(body) || !isErrorCode(body['code']) || typeof body['message'] !== 'string') return undefined;
  const { code, message, errorId, details } = body;
  const known = { ...(isRecord(details) ? (details as JsonObject) : {}), ...more };
  return new PerdureError(code, message, {
    errorId: typeof errorId === 'string' ? errorId : undefined,
    details: Object.keys(known).length === 0 ? undefined : known,
  });
}

/** Makes the typed error of an HTTP answer, whoever on the way gave it. */
export async function readErrorResponse(response: Response): Promise<PerdureError> {
  const more = retryAfterOf(response);
  const text = await response.text().catch(() => '');
  const typed = readErrorBody(readJson(text)?.['error'], more);
  if (typed !== undefined) return typed;
  // Not our server's words: a proxy's, or another server's.
  const { status } = response;
  return new PerdureError(codeOfStatus(status), `The answer was HTTP ${status}, and not one of Perdure's.`, {
    details: { status, ...more },
  });
}

/** Milliseconds that the server asked to wait; `undefined` if it did not say. */
export function retryAfterMs(error: PerdureError): number | undefined {
  const { retryAfterMs: exact, retryAfter: seconds } = error.details ?? {};
  if (typeof exact === 'number' && exact >= 0) return exact;
  return typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : undefined;
}

function retryAfterOf({ headers }: Response): JsonObject {
  const value = headers.get('retry-after');
  return value !== null && /^\d{1,6}$/.test(value) ? { retryAfter: Number(value) } : {};
}

function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'unknown-procedure';
    case 405:
      return 'method-not-allowed';
    case 413:
      return 'payload-too-large';
    case 429:
      return 'limit-exceeded';
    default:
      return status >= 500 || status < 400 ? 'unreachable' : 'invalid-input';
  }
}

function readJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
