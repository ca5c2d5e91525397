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

/** Rows of one advice. The scope is kept as a literal: which codes can travel is derived from it. */
const row =
  (retry: Retry) =>
  <S extends ErrorScope = 'request'>(
    status: number,
    scope = 'request' as S,
  ): ErrorRow & { readonly scope: S } => ({
    status,
    scope,
    retry,
  });
const never = row('never');
const sameId = row('same-id');
const newId = row('new-id');

/**
 * Every code there is. The table is closed: a code enters it together with the test that produces it. What each one means is
 * said in `error-meanings.ts`, which browsers do not load.
 */
export const errorTable = {
  'invalid-target': never(400),
  'target-too-long': never(414),
  'credential-in-url': never(400),
  'unknown-host': never(421),
  'origin-refused': never(403),
  'cross-site-refused': never(403),
  'unsupported-media-type': never(415),
  'payload-too-large': never(413),
  'malformed-json': never(400),
  'invalid-input': never(400),
  'unknown-procedure': never(404),
  'method-not-allowed': never(405),

  unauthenticated: sameId(401, 'socket'),
  forbidden: never(403),
  'protocol-mismatch': never(412, 'socket'),

  'session-not-found': never(404),
  'session-deleted': never(404),
  'session-archived': never(409),
  'id-taken': never(409),
  'unknown-agent': never(400),
  'agent-not-active': never(409),
  'run-not-found': never(404),
  'message-not-found': never(404),
  'request-settled': never(409),
  'invalid-cursor': never(400),
  'idempotency-mismatch': newId(409),

  'limit-exceeded': sameId(429),
  'queue-full': sameId(429),
  'too-many-streams': sameId(429),

  'storage-read-only': sameId(503),
  'storage-unreadable': sameId(503),
  'storage-damaged': never(410),
  'shutting-down': sameId(503),
  'not-implemented': never(501),
  internal: sameId(500),

  'environment-failed': newId(0, 'run'),
  'agent-failed': newId(0, 'run'),
  'emit-overflow': newId(0, 'run'),
  'invalid-event': never(0, 'run'),
  'budget-exceeded': newId(0, 'run'),

  'directory-in-use': never(0, 'start'),
  'database-newer': never(0, 'start'),
  'database-locked': never(0, 'start'),
  'database-damaged': never(0, 'start'),
  'port-in-use': never(0, 'start'),
  'token-required': never(0, 'start'),
  'config-invalid': never(0, 'start'),
  'node-too-old': never(0, 'start'),

  unreachable: sameId(0, 'client'),
  'outbox-full': never(0, 'client'),
  'provider-missing': never(0, 'client'),
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
