import { isPerdureError, PerdureError, PROTOCOL_VERSION } from '@perdure/protocol';
import type { ClientClock } from '../client-clock.ts';
import type { CallOptions } from '../perdure-client.ts';
import { readErrorResponse } from './read-error.ts';
import { type Route, requestOf } from './routes.ts';
import { withTimeLimit } from './time-limit.ts';
import type { TokenSource } from './token-source.ts';

export interface RestOptions {
  /** Without a slash at its end. */
  readonly base: string;
  readonly fetch: typeof globalThis.fetch;
  readonly tokens: TokenSource;
  readonly clock: ClientClock;
  /** Bytes that the server takes as a body. Asked only for bodies of some size. */
  bodyLimit(signal: AbortSignal | undefined): Promise<number | undefined>;
}

/** As long as the server gives a JSON request. A connection that died silently is given up after it. */
const ANSWER_MS = 30_000;
/** Smaller bodies pass any limit worth setting, and are sent without asking for it. */
const SMALL_BODY = 65_536;

export interface RestClient {
  /** Sends one command or query. Rejects with a typed error, or with the signal's reason. */
  call<T>(route: Route, input: object, options?: CallOptions): Promise<T>;
}

/** The headers of every request, but for the media types. */
export function headersOf(token: string | undefined): Record<string, string> {
  return {
    'perdure-protocol': String(PROTOCOL_VERSION),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}

export function createRestClient({ base, fetch, tokens, clock, bodyLimit }: RestOptions): RestClient {
  async function call<T>(route: Route, input: object, { signal }: CallOptions = {}): Promise<T> {
    const { method, target, body } = requestOf(route, input);
    if (body !== undefined && body.length > SMALL_BODY) await refuseLarge(body, signal);
    const wait = 'wait' in input ? Number(input.wait ?? 0) * 1000 : 0;

    return withTimeLimit(clock, ANSWER_MS + wait, signal, async (limited) => {
      const attempt = async (token: string | undefined): Promise<T> => {
        const headers = {
          ...headersOf(token),
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        };
        const request = { method, headers, signal: limited, ...(body === undefined ? {} : { body }) };
        const response = await fetch(base + target, request);
        if (!response.ok) throw await readErrorResponse(response);
        return (response.status === 204 ? undefined : await response.json()) as T;
      };
      const token = await tokens.current();
      try {
        return await attempt(token);
      } catch (error) {
        if (!isPerdureError(error, 'unauthenticated')) throw error;
        return attempt(await tokens.renew({ token }));
      }
    });
  }

  async function refuseLarge(body: string, signal: AbortSignal | undefined): Promise<void> {
    const current = new TextEncoder().encode(body).length;
    const max = await bodyLimit(signal);
    if (max === undefined || current <= max) return;
    throw new PerdureError('payload-too-large', `The server takes ${max} bytes, and this has ${current}.`, {
      details: { limit: 'bodyBytes', max, current },
    });
  }

  return { call };
}
