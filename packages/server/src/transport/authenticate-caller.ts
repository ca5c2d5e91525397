import { isPerdureError } from '@perdure/protocol';
import type { Authenticator } from '../access/authenticator.ts';
import { secretsOfRequest } from '../process/known-secrets.ts';
import { withoutSecrets } from '../process/redact.ts';
import type { Caller } from './caller.ts';

export interface Credentials {
  readonly credential: string | undefined;
  readonly protocol: string | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
  readonly transport: 'http' | 'sse' | 'websocket';
}

/** Asks the authenticator. Never fails: what went wrong stands in the caller, for the guard to tell. */
export async function authenticateCaller(
  authenticator: Authenticator,
  { protocol, ...request }: Credentials,
  signal: AbortSignal,
): Promise<Caller> {
  try {
    return { authentication: await authenticator.authenticate(request, signal), protocol };
  } catch (thrown) {
    // A login that fails may say what it was given, and what it says is logged.
    const secrets = secretsOfRequest(request.credential, request.headers);
    const error = isPerdureError(thrown) ? thrown : withoutSecrets(thrown, secrets);
    return { authentication: { ok: false, reason: 'broken', error }, protocol };
  }
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1];
}
