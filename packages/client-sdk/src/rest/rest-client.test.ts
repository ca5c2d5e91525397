import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isPerdureError } from '@perdure/protocol';
import { contract, inputPlacesOf, leavesOf } from '@perdure/protocol/schemas';
import { describe, expect, it } from 'vitest';
import { manualClock, settled } from '../../test/manual-clock.ts';
import { createRestClient } from './rest-client.ts';
import { type Route, requestOf } from './routes.ts';
import { createTokenSource } from './token-source.ts';

const source = fileURLToPath(new URL('..', import.meta.url));
/** Every route that is written somewhere in the source. */
const routes = globSync('**/*.ts', { cwd: source })
  .filter((file) => !file.endsWith('.test.ts'))
  .flatMap(
    (file) =>
      readFileSync(`${source}/${file}`, 'utf8').match(/(?<=')(GET|POST|PATCH|DELETE) \/v1[^']*(?=')/g) ?? [],
  )
  .map((route) => route as Route);
const leaves = new Map(
  [...leavesOf(contract)].map(([, leaf]) => [`${leaf.rest?.method} ${leaf.rest?.path}`, leaf]),
);

type Answer = Response | Error | 'never';

function scenario(
  answers: Answer[],
  token: Parameters<typeof createTokenSource>[0] = 'secret',
  bodyLimit = 1_000,
) {
  const clock = manualClock();
  const requests: { url: string; init: RequestInit; headers: Headers }[] = [];
  let asked = 0;
  const rest = createRestClient({
    base: 'https://x.dev/agents',
    clock,
    tokens: createTokenSource(token),
    bodyLimit: async () => {
      asked += 1;
      return bodyLimit;
    },
    fetch: async (url, init = {}) => {
      requests.push({ url: String(url), init, headers: new Headers(init.headers) });
      const answer = answers.shift() ?? json(200, {});
      if (answer instanceof Error) throw answer;
      return answer === 'never' ? new Promise<Response>(() => {}) : answer;
    },
  });
  return { rest, clock, requests, limitsAsked: () => asked };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const refusal = (status: number, code: string, headers?: Record<string, string>) =>
  json(status, { error: { code, message: 'why', errorId: 'e1', details: { max: 1 } } }, headers);

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: unknown) => (isPerdureError(error) ? error.code : String(error)),
  );

describe('commands over REST', () => {
  it('stand where the contract has them', () => {
    expect(routes.length).toBeGreaterThan(12);
    expect(routes.filter((route) => !leaves.has(route))).toEqual([]);
  });

  it('put every field of an input where the contract has it', () => {
    for (const route of routes) {
      const leaf = leaves.get(route);
      const places = leaf && inputPlacesOf(leaf);
      const ofPath = [...(places?.path.values() ?? [])];
      const fields = [...ofPath, ...(places?.query ?? []), ...(places?.body ?? [])];
      const { target, body } = requestOf(
        route,
        Object.fromEntries(fields.map((field) => [field, `of-${field}`])),
      );
      const url = new URL(target, 'https://x.dev');
      expect([...url.searchParams.keys()].sort(), route).toEqual([...(places?.query ?? [])].sort());
      expect(Object.keys(JSON.parse(body ?? '{}')).sort(), route).toEqual([...(places?.body ?? [])].sort());
      for (const field of ofPath) expect(url.pathname, route).toContain(`of-${field}`);
    }
  });

  it('write lists, records and odd characters so that nothing is lost', () => {
    const { target } = requestOf('GET /v1/sessions', {
      ids: ['a', 'b'],
      metadata: { team: 'x y&z' },
      limit: 5,
      q: undefined,
    });
    const query = new URL(target, 'https://x.dev').searchParams;
    expect([...query]).toEqual([
      ['ids', 'a'],
      ['ids', 'b'],
      ['metadata.team', 'x y&z'],
      ['limit', '5'],
    ]);
    expect(requestOf('DELETE /v1/sessions/{id}', { sessionId: '../x?' }).target).toBe(
      '/v1/sessions/..%2Fx%3F',
    );
  });

  it('[F8] carry credential and protocol version in headers, never in the URL', async () => {
    const { rest, requests } = scenario([]);
    await rest.call('POST /v1/sessions/{id}/messages', { sessionId: 's1', commandId: 'c1', content: 'hi' });
    const [request] = requests;
    expect(request?.url).toBe('https://x.dev/agents/v1/sessions/s1/messages');
    expect(request?.headers.get('authorization')).toBe('Bearer secret');
    expect(request?.headers.get('perdure-protocol')).toBe('1');
    expect(request?.init.body).toBe('{"commandId":"c1","content":"hi"}');
    expect(requests.map(({ url }) => url).join()).not.toContain('secret');
  });

  it('[N1] reject with the typed error of the answer', async () => {
    const { rest } = scenario([refusal(404, 'session-not-found', { 'retry-after': '3' })]);
    await expect(rest.call('GET /v1/sessions/{id}/runs/{runId}', {})).rejects.toMatchObject({
      code: 'session-not-found',
      message: 'why',
      errorId: 'e1',
      details: { max: 1, retryAfter: 3 },
    });
  });

  it.each([
    [502, 'unreachable'],
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'unknown-procedure'],
    [413, 'payload-too-large'],
    [429, 'limit-exceeded'],
    [418, 'invalid-input'],
  ])('[N1] make HTTP %i of a proxy %s', async (status, code) => {
    const page = () => new Response('<html>no</html>', { status });
    expect(await codeOf(scenario([page(), page()]).rest.call('GET /v1/hello', {}))).toBe(code);
  });

  it('[N1] are unreachable when the network fails, the answer is no JSON, or none comes in time', async () => {
    expect(await codeOf(scenario([new TypeError('fetch failed')]).rest.call('GET /v1/hello', {}))).toBe(
      'unreachable',
    );
    expect(await codeOf(scenario([new Response('login here')]).rest.call('GET /v1/hello', {}))).toBe(
      'unreachable',
    );
    const { rest, clock } = scenario(['never', 'never']);
    const slow = codeOf(rest.call('GET /v1/hello', {}));
    const waiting = codeOf(
      rest.call('GET /v1/sessions/{id}/runs/{runId}', { sessionId: 's1', runId: 'r1', wait: 30 }),
    );
    await clock.advance(30_000);
    expect(await slow).toBe('unreachable');
    expect(await Promise.race([waiting, settled().then(() => 'still waiting')])).toBe('still waiting');
    await clock.advance(30_000);
    expect(await waiting).toBe('unreachable');
    expect(clock.waiting).toEqual([]);
  });

  it('end with the reason of their signal', async () => {
    const { rest, requests } = scenario(['never']);
    const stop = new AbortController();
    const call = rest.call('GET /v1/hello', {}, { signal: stop.signal });
    await settled();
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(requests[0]?.init.signal?.aborted).toBe(true);
    await expect(rest.call('GET /v1/hello', {}, { signal: stop.signal })).rejects.toThrow('enough');
    expect(requests.length).toBe(1);
  });

  it('ask for the credential anew after a refusal, once for all that were refused', async () => {
    let asked = 0;
    const { rest, requests } = scenario(
      [refusal(401, 'unauthenticated'), refusal(401, 'unauthenticated')],
      async () => {
        asked += 1;
        return `token-${asked}`;
      },
    );
    await Promise.all([rest.call('GET /v1/hello', {}), rest.call('GET /v1/hello', {})]);
    expect(asked).toBe(2);
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-2',
    ]);
  });

  it('give up after the second refusal, and ask again at the next call when the credential could not be had', async () => {
    const refused = scenario([refusal(401, 'unauthenticated'), refusal(401, 'unauthenticated')]);
    expect(await codeOf(refused.rest.call('GET /v1/hello', {}))).toBe('unauthenticated');
    let isDown = true;
    const { rest, requests } = scenario([], () => {
      if (isDown) throw new Error('login is down');
      return 'token';
    });
    expect(await codeOf(rest.call('GET /v1/hello', {}))).toBe('unreachable');
    expect(requests.length).toBe(0);
    isDown = false;
    expect(await codeOf(rest.call('GET /v1/hello', {}))).toBe('none');
  });

  it('refuse here what the server would not take, by its own limit, and ask for that only when it matters', async () => {
    const { rest, requests, limitsAsked } = scenario([], 'secret', 100_000);
    await rest.call('POST /v1/sessions/{id}/messages', { sessionId: 's1', content: 'short' });
    expect(limitsAsked()).toBe(0);
    await rest.call('POST /v1/sessions/{id}/messages', { sessionId: 's1', content: 'x'.repeat(90_000) });
    await expect(
      rest.call('POST /v1/sessions/{id}/messages', { sessionId: 's1', content: 'é'.repeat(90_000) }),
    ).rejects.toMatchObject({ code: 'payload-too-large', details: { limit: 'bodyBytes', max: 100_000 } });
    expect(requests.length).toBe(2);
  });
});
