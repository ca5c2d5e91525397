import { isPerdureError } from '@perdure/protocol';
import type { ClientClock } from '../client-clock.ts';
import type { CallOptions } from '../perdure-client.ts';
import { headersOf } from './headers-of.ts';
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
  bodyLimit(): Promise<number | undefined>;
}

/** As long as the server gives a JSON request. A connection that died silently is given up after it. */
const ANSWER_MS = 30_000;
/** Smaller bodies pass any limit worth setting, and are sent without asking for it. */
const SMALL_BODY = 65_536;

export interface RestClient {
  /** Sends one command or query. Rejects with a typed error, or with the signal's reason. */
  call<T>(route: Route, input: object, options?: CallOptions): Promise<T>;
}

export function createRestClient({ base, fetch, tokens, clock, bodyLimit }: RestOptions): RestClient {
  async function call<T>(route: Route, input: object, { signal }: CallOptions = {}): Promise<T> {
    const { method, target, body } = requestOf(route, input);
    if (body !== null && body.length > SMALL_BODY) {
      const large = await import('./refuse-large.ts').catch(() => undefined);
      await large?.refuseLarge(body, bodyLimit);
    }
    const wait = 'wait' in input ? Number(input.wait ?? 0) * 1000 : 0;

    return withTimeLimit(clock, ANSWER_MS + wait, signal, async (limited) => {
      const attempt = async (token: string | undefined): Promise<T> => {
        const headers = {
          ...headersOf(token),
          accept: 'application/json',
          ...(body === null ? {} : { 'content-type': 'application/json' }),
        };
        const response = await fetch(base + target, { method, headers, body, signal: limited });
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

  return { call };
}
