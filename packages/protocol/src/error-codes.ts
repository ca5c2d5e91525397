/**
 * Who has to do what about an error.
 * `same-id`: try again later with the same command id. `new-id`: only a new command can succeed. `never`: it will not succeed.
 */
export type Retry = 'same-id' | 'new-id' | 'never';

/** What an error ends: one request or subscription, the whole socket, a run, the start of the server, or a call inside the client. */
export type ErrorScope = 'request' | 'socket' | 'run' | 'start' | 'client';

interface ErrorRow {
  /** HTTP status; 0 where the error never travels over HTTP. */
  readonly status: number;
  readonly scope: ErrorScope;
  readonly retry: Retry;
}

const row = (status: number, scope: ErrorScope, retry: Retry): ErrorRow => ({ status, scope, retry });

/**
 * Every code there is. The table is closed: a code enters it together with the test that produces it. What each one means is
 * said in `error-meanings.ts`, which browsers do not load.
 */
export const errorTable = {
  'invalid-target': row(400, 'request', 'never'),
  'target-too-long': row(414, 'request', 'never'),
  'credential-in-url': row(400, 'request', 'never'),
  'unknown-host': row(421, 'request', 'never'),
  'origin-refused': row(403, 'request', 'never'),
  'cross-site-refused': row(403, 'request', 'never'),
  'unsupported-media-type': row(415, 'request', 'never'),
  'payload-too-large': row(413, 'request', 'never'),
  'malformed-json': row(400, 'request', 'never'),
  'invalid-input': row(400, 'request', 'never'),
  'unknown-procedure': row(404, 'request', 'never'),
  'method-not-allowed': row(405, 'request', 'never'),

  unauthenticated: row(401, 'socket', 'same-id'),
  forbidden: row(403, 'request', 'never'),
  'protocol-mismatch': row(412, 'socket', 'never'),

  'session-not-found': row(404, 'request', 'never'),
  'session-deleted': row(404, 'request', 'never'),
  'session-archived': row(409, 'request', 'never'),
  'id-taken': row(409, 'request', 'never'),
  'unknown-agent': row(400, 'request', 'never'),
  'agent-not-active': row(409, 'request', 'never'),
  'run-not-found': row(404, 'request', 'never'),
  'message-not-found': row(404, 'request', 'never'),
  'request-settled': row(409, 'request', 'never'),
  'invalid-cursor': row(400, 'request', 'never'),
  'idempotency-mismatch': row(409, 'request', 'new-id'),

  'limit-exceeded': row(429, 'request', 'same-id'),
  'queue-full': row(429, 'request', 'same-id'),
  'too-many-streams': row(429, 'request', 'same-id'),

  'storage-read-only': row(503, 'request', 'same-id'),
  'shutting-down': row(503, 'request', 'same-id'),
  'not-implemented': row(501, 'request', 'never'),
  internal: row(500, 'request', 'same-id'),

  'environment-failed': row(0, 'run', 'new-id'),
  'agent-failed': row(0, 'run', 'new-id'),
  'emit-overflow': row(0, 'run', 'new-id'),
  'invalid-event': row(0, 'run', 'never'),
  'budget-exceeded': row(0, 'run', 'new-id'),

  'directory-in-use': row(0, 'start', 'never'),
  'database-newer': row(0, 'start', 'never'),
  'database-locked': row(0, 'start', 'never'),
  'port-in-use': row(0, 'start', 'never'),
  'token-required': row(0, 'start', 'never'),
  'config-invalid': row(0, 'start', 'never'),
  'node-too-old': row(0, 'start', 'never'),

  unreachable: row(0, 'client', 'same-id'),
  'outbox-full': row(0, 'client', 'never'),
  'provider-missing': row(0, 'client', 'never'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** Codes by which a run, a start or a client call fails: they never answer a request. */
type Unsent = {
  [C in ErrorCode]: (typeof errorTable)[C]['scope'] extends 'run' | 'start' | 'client' ? C : never;
}[ErrorCode];

/** Codes that can answer a request or a subscription. */
export type WireErrorCode = Exclude<ErrorCode, Unsent>;

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value);
}

/**
 * Why a WebSocket was closed by the server. 1012 is the standard "service restart"; the others are in the range left to
 * applications. Clients resume after 1012 and 4008; 4001 ends after one refresh of the token, 4009 ends at once.
 */
export const closeCodes = {
  restart: 1012,
  unauthenticated: 4001,
  stalled: 4008,
  protocolMismatch: 4009,
} as const;
