import type { ErrorCode } from './error-codes.ts';

/** What happened, for the reference page and the OpenAPI document: a sentence for every code of the table. */
export const errorMeanings: Readonly<Record<ErrorCode, string>> = {
  'invalid-target': 'The request target is not one path that starts with a single slash.',
  'target-too-long': 'The request target is longer than 2 KiB.',
  'credential-in-url': 'A credential stands in the URL, where logs and histories keep it.',
  'unknown-host': 'The Host header names a host that this server does not answer for.',
  'origin-refused': 'A page of another origin asked.',
  'cross-site-refused': 'A browser says the request comes from another site.',
  'unsupported-media-type': 'The body has a media type that this route does not take.',
  'payload-too-large': 'The body or message is larger than the limit.',
  'malformed-json': 'The body is not JSON.',
  'invalid-input': 'The input does not match the schema.',
  'unknown-procedure': 'There is no such route or procedure.',
  'method-not-allowed': 'The route exists, but not with this method.',

  unauthenticated: 'The credential is missing, wrong, expired or revoked.',
  forbidden: 'The principal lacks the right.',
  'protocol-mismatch': 'Client and server speak different protocol versions.',

  'session-not-found': 'There is no such session for this principal.',
  'session-deleted': 'The session has been deleted.',
  'session-archived': 'The session is archived: it can be read, not written.',
  'id-taken': 'The id belongs to a session that this principal may not see.',
  'unknown-agent': 'The server hosts no agent of this name.',
  'agent-not-active': 'Another agent than the named one is active.',
  'run-not-found': 'The session has no such run.',
  'message-not-found': 'The queue holds no such message: it was delivered or removed.',
  'request-settled': 'The request was already answered, withdrawn or has expired.',
  'invalid-cursor': 'The cursor is not a place in this log.',
  'idempotency-mismatch': 'The id was used before, with another payload.',

  'limit-exceeded': 'A limit was reached.',
  'queue-full': 'The session has as many queued messages as it may have.',
  'too-many-streams': 'The client holds as many event streams as it may have.',

  'storage-read-only': 'The disk is full or failing: reads go on, writes are refused.',
  'storage-unreadable': 'The disk does not let the server read what this needs.',
  'storage-damaged': 'What this needs is damaged on the disk; all else can be read.',
  'shutting-down': 'The server is draining.',
  'not-implemented': 'The procedure is part of the contract, but this server does not offer it yet.',
  internal: 'Something failed that the server did not foresee; the errorId finds it in its log.',

  'environment-failed': 'The execution environment failed to start or broke.',
  'agent-failed': 'The agent threw while it ran.',
  'emit-overflow': 'The agent emitted faster than the log could take, without waiting.',
  'invalid-event': 'The agent emitted an event that the catalogue or the block rules refuse.',
  'budget-exceeded': 'The run used up its budget.',

  'directory-in-use': 'Another process owns the data directory.',
  'database-newer': 'The database was written by a newer release.',
  'database-locked': 'Another program holds the database file locked.',
  'database-damaged': 'The database is damaged in a place without which nothing can be read.',
  'port-in-use': 'Another process listens on the port.',
  'token-required': 'A server that others can reach needs a token or an authenticator.',
  'config-invalid': 'The configuration has a wrong or missing field.',
  'node-too-old': 'This Node release is older than the oldest supported one.',

  unreachable: 'No answer came from the server.',
  'outbox-full': 'The client holds as many unsent commands as it may.',
  'provider-missing': 'A hook was used outside the provider.',
};
