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
  const answer = readJson(await response.text().catch(() => ''));
  const typed = isRecord(answer) ? readErrorBody(answer['error'], more) : undefined;
  if (typed !== undefined) return typed;
  // Not our server's words: a proxy's, or another server's.
  const { status } = response;
  return new PerdureError(codeOfStatus(status), `HTTP ${status} came, and not from Perdure.`, {
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
  return codes[status] ?? (status >= 500 || status < 400 ? 'unreachable' : 'invalid-input');
}

const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'unknown-procedure',
  405: 'method-not-allowed',
  413: 'payload-too-large',
  429: 'limit-exceeded',
};

/** `undefined` for what is not JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
