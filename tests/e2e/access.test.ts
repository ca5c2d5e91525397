import { expect, test } from 'vitest';
import { eventStream } from './support/event-stream.ts';
import { plainSocketClient } from './support/plain-client.ts';
import { type AskOptions, type RunningServer, runningServer } from './support/running-server.ts';
import { codeOf, trpcSocket } from './support/trpc-socket.ts';

const people: Record<string, { id: string; tenantId?: string }> = {
  ann: { id: 'ann' },
  ben: { id: 'ben' },
  cleo: { id: 'cleo', tenantId: 'elsewhere' },
};

/** Everyone's token is their name. */
const serve = () => runningServer({ authenticate: ({ credential }) => people[credential ?? ''] ?? null });

/** Every way to a session over HTTP. */
const requests: readonly (readonly [string, string, AskOptions?])[] = [
  ['GET', '/v1/sessions/SESSION'],
  ['PATCH', '/v1/sessions/SESSION', { body: { title: 'Stolen' } }],
  ['DELETE', '/v1/sessions/SESSION'],
  ['POST', '/v1/sessions/SESSION/messages', { body: { content: 'hello' } }],
  ['POST', '/v1/sessions/SESSION/interrupt', { body: { runId: 'r' } }],
  ['POST', '/v1/sessions/SESSION/queue/hold', { body: {} }],
  ['POST', '/v1/sessions/SESSION/queue/release', { body: {} }],
  ['PATCH', '/v1/sessions/SESSION/queue/m', { body: { content: 'x' } }],
  ['DELETE', '/v1/sessions/SESSION/queue/m'],
  ['POST', '/v1/sessions/SESSION/queue/m/promote', { body: {} }],
  ['GET', '/v1/sessions/SESSION/runs'],
  ['GET', '/v1/sessions/SESSION/runs/r?wait=1'],
  ['GET', '/v1/sessions/SESSION/blocks'],
  ['GET', '/v1/sessions/SESSION/events'],
  ['GET', '/v1/sessions/SESSION/events', { headers: { accept: 'text/event-stream' } }],
  ['GET', '/trpc/sessions.get?input=%7B%22sessionId%22%3A%22SESSION%22%7D'],
  ['POST', '/trpc/sessions.submit', { body: '{"sessionId":"SESSION","content":"x"}' }],
];

const askAll = (server: RunningServer, id: string, token?: string) =>
  Promise.all(
    requests.map(async ([method, path, options = {}]) => {
      const filled = path.replace('SESSION', id);
      const body = typeof options.body === 'string' ? options.body.replace('SESSION', id) : options.body;
      const { status, text } = await server.ask(method, filled, { ...options, body, token });
      return `${method} ${path} ${status} ${text.replaceAll(id, 'SESSION')}`;
    }),
  );

test('[N4] without a credential nobody reads, writes or follows anything, on any wire', async () => {
  await using server = await serve();
  const { id } = await server.client({ token: 'ann' }).sessions.create();
  for (const token of [undefined, 'nobody']) {
    const answers = [
      ...(await askAll(server, id, token)),
      `GET /v1/sessions ${(await server.ask('GET', '/v1/sessions', { token })).text}`,
      `POST /v1/sessions ${(await server.ask('POST', '/v1/sessions', { body: {}, token })).text}`,
    ];
    for (const answer of answers) expect(answer).toContain('"unauthenticated"');
    await expect(eventStream(`${server.url}/v1/sessions/${id}/events`)).rejects.toThrow(/^Error: 401|^401/);
    const params = token === undefined ? {} : { token };
    for (const options of [{ params }, {}]) {
      const socket = await trpcSocket(server.url, options);
      socket.follow(1, { sessionId: id });
      expect(await socket.closed).toEqual({ code: 4001, reason: 'unauthenticated' });
      expect(codeOf(socket.messages, 1)).toBe('unauthenticated');
      expect(socket.messages.filter((message) => message.result !== undefined)).toEqual([]);
    }
  }
  using plain = plainSocketClient(server.url);
  const refused = await plain.trpc.sessions.list.query({}).catch((error: unknown) => error);
  expect(refused).toMatchObject({ data: { code: 'UNAUTHORIZED', perdure: { code: 'unauthenticated' } } });
  for (const path of ['/healthz', '/readyz', '/v1/hello'])
    expect((await server.ask('GET', path)).status).toBe(200);
  expect((await server.ask('GET', '/v1/hello')).body.principal).toBeNull();
});

test('[N5] to a stranger and to another tenant a session is as one that does not exist, to the letter', async () => {
  await using server = await serve();
  const { id } = await server.client({ token: 'ann' }).sessions.create({ title: 'Private' });
  await server.client({ token: 'ann' }).session(id).submit('secret words', { run: false });
  for (const token of ['ben', 'cleo']) {
    const answers = await askAll(server, id, token);
    expect(answers).toEqual(await askAll(server, 'not-there', token));
    for (const answer of answers) expect(answer).toContain('"session-not-found"');
    using socket = await trpcSocket(server.url, { params: { token } });
    for (const [index, sessionId] of [id, 'not-there'].entries()) {
      socket.follow(index, { sessionId });
      expect(await socket.until((messages) => codeOf(messages, index))).toBe('session-not-found');
    }
    const [mine, missing] = [0, 1].map((call) =>
      socket.messages.find((message) => message.id === call && message.error),
    );
    expect(JSON.stringify(mine?.error).replaceAll(id, 'not-there')).toBe(JSON.stringify(missing?.error));
    const list = await server.ask('GET', `/v1/sessions?ids=${id}&count=true`, { token });
    expect(list.body).toEqual({ items: [null], nextCursor: null, count: 0 });
    expect((await server.ask('GET', '/v1/sessions?q=private', { token })).body.items).toEqual([]);
  }
  const create = (token: string) => server.ask('POST', '/v1/sessions', { body: { id }, token });
  expect((await create('ben')).error).toMatchObject({ code: 'id-taken' });
  expect((await create('ben')).text).not.toContain('Private');
  expect((await create('cleo')).status).toBe(201);
  expect((await server.ask('GET', `/v1/sessions/${id}`, { token: 'ann' })).body.state.title).toBe('Private');
});
