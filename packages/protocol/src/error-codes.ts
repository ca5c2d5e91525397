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
  /** What happened, for the reference page. */
  readonly meaning: string;
}

const row = (status: number, scope: ErrorScope, retry: Retry, meaning: string): ErrorRow => ({
  status,
  scope,
  retry,
  meaning,
});

/** Every code there is. The table is closed: a code enters it together with the test that produces it. */
export const errorTable = {
  'invalid-target': row(
    400,
    'request',
    'never',
    'The request target is not one path that starts with a single slash.',
  ),
  'target-too-long': row(414, 'request', 'never', 'The request target is longer than 2 KiB.'),
  'credential-in-url': row(
    400,
    'request',
    'never',
    'A credential stands in the URL, where logs and histories keep it.',
  ),
  'unknown-host': row(
    421,
    'request',
    'never',
    'The Host header names a host that this server does not answer for.',
  ),
  'origin-refused': row(403, 'request', 'never', 'A page of another origin asked.'),
  'cross-site-refused': row(403, 'request', 'never', 'A browser says the request comes from another site.'),
  'unsupported-media-type': row(
    415,
    'request',
    'never',
    'The body has a media type that this route does not take.',
  ),
  'payload-too-large': row(413, 'request', 'never', 'The body or message is larger than the limit.'),
  'malformed-json': row(400, 'request', 'never', 'The body is not JSON.'),
  'invalid-input': row(400, 'request', 'never', 'The input does not match the schema.'),
  'unknown-procedure': row(404, 'request', 'never', 'There is no such route or procedure.'),
  'method-not-allowed': row(405, 'request', 'never', 'The route exists, but not with this method.'),

  unauthenticated: row(401, 'socket', 'same-id', 'The credential is missing, wrong, expired or revoked.'),
  forbidden: row(403, 'request', 'never', 'The principal lacks the right.'),
  'protocol-mismatch': row(412, 'socket', 'never', 'Client and server speak different protocol versions.'),

  'session-not-found': row(404, 'request', 'never', 'There is no such session for this principal.'),
  'session-deleted': row(404, 'request', 'never', 'The session has been deleted.'),
  'session-archived': row(409, 'request', 'never', 'The session is archived: it can be read, not written.'),
  'id-taken': row(409, 'request', 'never', 'The id belongs to a session that this principal may not see.'),
  'unknown-agent': row(400, 'request', 'never', 'The server hosts no agent of this name.'),
  'agent-not-active': row(409, 'request', 'never', 'Another agent than the named one is active.'),
  'run-not-found': row(404, 'request', 'never', 'The session has no such run.'),
  'message-not-found': row(
    404,
    'request',
    'never',
    'The queue holds no such message: it was delivered or removed.',
  ),
  'request-settled': row(
    409,
    'request',
    'never',
    'The request was already answered, withdrawn or has expired.',
  ),
  'invalid-cursor': row(400, 'request', 'never', 'The cursor is not a place in this log.'),
  'idempotency-mismatch': row(409, 'request', 'new-id', 'The id was used before, with another payload.'),

  'limit-exceeded': row(429, 'request', 'same-id', 'A limit was reached.'),
  'queue-full': row(429, 'request', 'same-id', 'The session has as many queued messages as it may have.'),
  'too-many-streams': row(
    429,
    'request',
    'same-id',
    'The client holds as many event streams as it may have.',
  ),

  'storage-read-only': row(
    503,
    'request',
    'same-id',
    'The disk is full or failing: reads go on, writes are refused.',
  ),
  'shutting-down': row(503, 'request', 'same-id', 'The server is draining.'),
  'not-implemented': row(
    501,
    'request',
    'never',
    'The procedure is part of the contract, but this server does not offer it yet.',
  ),
  internal: row(
    500,
    'request',
    'same-id',
    'Something failed that the server did not foresee; the errorId finds it in its log.',
  ),

  'environment-failed': row(0, 'run', 'new-id', 'The execution environment failed to start or broke.'),
  'agent-failed': row(0, 'run', 'new-id', 'The agent threw while it ran.'),
  'emit-overflow': row(
    0,
    'run',
    'new-id',
    'The agent emitted faster than the log could take, without waiting.',
  ),
  'invalid-event': row(
    0,
    'run',
    'never',
    'The agent emitted an event that the catalogue or the block rules refuse.',
  ),
  'budget-exceeded': row(0, 'run', 'new-id', 'The run used up its budget.'),

  'directory-in-use': row(0, 'start', 'never', 'Another process owns the data directory.'),
  'database-newer': row(0, 'start', 'never', 'The database was written by a newer release.'),
  'database-locked': row(0, 'start', 'never', 'Another program holds the database file locked.'),
  'port-in-use': row(0, 'start', 'never', 'Another process listens on the port.'),
  'token-required': row(
    0,
    'start',
    'never',
    'A server that others can reach needs a token or an authenticator.',
  ),
  'config-invalid': row(0, 'start', 'never', 'The configuration has a wrong or missing field.'),
  'node-too-old': row(0, 'start', 'never', 'This Node release is older than the oldest supported one.'),

  unreachable: row(0, 'client', 'same-id', 'No answer came from the server.'),
  'outbox-full': row(0, 'client', 'never', 'The client holds as many unsent commands as it may.'),
  'provider-missing': row(0, 'client', 'never', 'A hook was used outside the provider.'),
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
