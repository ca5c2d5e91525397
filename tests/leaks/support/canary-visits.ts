import { ask, type AskOptions } from '../../e2e/support/running-server.ts';
import { eventStream } from '../../e2e/support/event-stream.ts';
import { type ConnectionParams, trpcSocket, type TrpcSocket } from '../../e2e/support/trpc-socket.ts';
import { rawConnection } from '../../fuzz/support/raw-connection.ts';
import type { Canaries } from './canaries.ts';
import { forgery } from './forgery.ts';
import type { Outlets } from './outlets.ts';

export interface Visit {
  readonly url: string;
  readonly port: number;
  readonly canaries: Canaries;
  readonly outlets: Outlets;
}

type Guest = 'owner' | 'other' | 'stranger';

/** Asks over HTTP; what is answered is heard. */
async function asked(
  { url, outlets }: Visit,
  guest: Guest,
  [method, path, options]: readonly [string, string, AskOptions?],
): Promise<{ readonly status: number; readonly body: { readonly id?: string; readonly runId?: string } }> {
  const { status, headers, text, body } = await ask(url + path, method, options);
  outlets.hear(`answers to ${guest}`, `${status} ${JSON.stringify([...headers])} ${text}`);
  return { status, body };
}

/** Opens a socket; what comes over it is heard when it is over. */
async function spoken(
  { url, outlets }: Visit,
  guest: Guest,
  params: ConnectionParams | undefined,
  speak: (socket: TrpcSocket) => Promise<unknown>,
  headers: Record<string, string> = {},
): Promise<void> {
  try {
    using socket = await trpcSocket(url, { params, headers });
    await speak(socket).catch(() => {}); // it was closed
    outlets.hear(`frames to ${guest}`, socket.messages.map(({ text }) => text).join('\n'));
    socket.ws.close();
    outlets.hear(`frames to ${guest}`, (await socket.closed).reason);
  } catch (error) {
    outlets.hear(`frames to ${guest}`, String(error)); // the upgrade was refused
  }
}

/** What is heard of each agent at last. */
const lastWords = {
  refused: '"run:failed"',
  lost: '"run:failed"',
  stillborn: '"environment:error"',
  forgetful: '"run:completed"',
  faithful: '"block:delta"',
} as const;
const agents = Object.keys(lastWords) as (keyof typeof lastWords)[];

/** The owner speaks with agents that fail in every way, and follows what becomes of it. */
export async function visitOfOwner(visit: Visit): Promise<readonly string[]> {
  const { canaries, outlets, url } = visit;
  const token = canaries.ownerToken.value;
  const ids: string[] = [];
  for (const agent of agents) {
    const title = `${canaries.title.value}${forgery}`;
    const metadata = { secret: canaries.metadata.value };
    const created = await asked(visit, 'owner', [
      'POST',
      '/v1/sessions',
      { token, body: { agent, title: title.slice(0, 200), metadata, tags: [canaries.title.core] } },
    ]);
    const id = created.body.id ?? '';
    ids.push(id);
    const content = `${canaries.prompt.value}${forgery}`;
    await using stream = await eventStream(`${url}/v1/sessions/${id}/events`, { token });
    await spoken(visit, 'owner', { token: canaries.socketToken.value }, async (socket) => {
      socket.follow(1, { sessionId: id });
      const sent = await asked(visit, 'owner', [
        'POST',
        `/v1/sessions/${id}/messages`,
        { token, body: { commandId: 'a', content } },
      ]);
      await socket.until((messages) => messages.some(({ text }) => text.includes(lastWords[agent])));
      if (agent === 'refused' || agent === 'forgetful')
        await asked(visit, 'owner', ['GET', `/v1/sessions/${id}/runs/${sent.body.runId}?wait=5`, { token }]);
    });
    outlets.hear('frames to owner', JSON.stringify(stream.events));
    for (const path of ['', '/events', '/blocks', '/runs'])
      await asked(visit, 'owner', ['GET', `/v1/sessions/${id}${path}`, { token }]);
  }
  await asked(visit, 'owner', ['GET', `/v1/sessions?q=${canaries.title.core}`, { token }]);
  return ids;
}

/** Somebody else wants what is the owner's. */
export async function visitOfOther(visit: Visit, ids: readonly string[]): Promise<void> {
  const token = visit.canaries.otherToken.value;
  await asked(visit, 'other', ['POST', '/v1/sessions', { token, body: { id: 'own', agent: 'faithful' } }]);
  await asked(visit, 'other', ['POST', '/v1/sessions/own/messages', { token, body: { content: 'mine' } }]);
  await asked(visit, 'other', ['GET', '/v1/sessions?q=a', { token }]);
  for (const id of [...ids, 'own']) {
    for (const path of ['', '/events', '/blocks', '/runs', '/runs/r'])
      await asked(visit, 'other', ['GET', `/v1/sessions/${id}${path}`, { token }]);
    const body = { content: 'x', commandId: 'a' };
    if (id !== 'own') await asked(visit, 'other', ['POST', `/v1/sessions/${id}/messages`, { token, body }]);
    if (id !== 'own') await asked(visit, 'other', ['DELETE', `/v1/sessions/${id}`, { token }]);
    await spoken(visit, 'other', { token }, async (socket) => {
      socket.follow(1, { sessionId: id });
      await socket.until((messages) => messages.length > 0);
    });
  }
}

/** Nobody knows this one, whatever they send: their words come back to nobody and stand nowhere. */
export async function visitOfStranger(visit: Visit, ids: readonly string[]): Promise<void> {
  const { canaries, port, outlets } = visit;
  const { garbage, queryToken, wrongToken, brokenToken, cookie, keyHeader, ownerToken } = canaries;
  const id = ids[0] ?? '';
  const headers = { cookie: `session=${cookie.value}`, 'x-api-key': keyHeader.value };
  const inQuery = encodeURIComponent(queryToken.value);
  const hello = { id: 1, method: 'query', params: { path: 'sessions.list', input: {} } };
  const firstAnswer = (socket: TrpcSocket) => {
    socket.send(hello);
    return socket.until((messages) => messages.length > 0);
  };
  for (const token of [undefined, wrongToken.value, brokenToken.value]) {
    for (const path of [
      '/v1/sessions',
      `/v1/sessions/${id}`,
      `/v1/sessions/${id}/events`,
      '/trpc/sessions.list',
    ])
      await asked(visit, 'stranger', ['GET', path, { token, headers }]);
    const stream = { ...headers, accept: 'text/event-stream' };
    await asked(visit, 'stranger', ['GET', `/v1/sessions/${id}/events`, { token, headers: stream }]);
    await spoken(visit, 'stranger', token === undefined ? {} : { token }, firstAnswer, headers);
    const inHeader = token === undefined ? {} : { authorization: `Bearer ${token}` };
    await spoken(visit, 'stranger', undefined, firstAnswer, { ...headers, ...inHeader });
  }
  for (const name of ['token', 'access_token', 'api_key', 'connectionParams', 'authorization'])
    await asked(visit, 'stranger', ['GET', `/v1/sessions?${name}=${inQuery}`]);
  await asked(visit, 'stranger', [
    'GET',
    '/v1/sessions',
    { headers: { authorization: `Basic ${btoa(`me:${wrongToken.value}`)}` } },
  ]);

  // By one who is known, so that the input itself is looked at.
  const token = ownerToken.value;
  const { value } = garbage;
  const inUrl = encodeURIComponent(value);
  const requests: readonly (readonly [string, string, AskOptions?])[] = [
    ['POST', '/v1/sessions', { body: `{"agent": ${value}` }],
    ['POST', '/v1/sessions', { body: `{"agent": "refused", "title": ${JSON.stringify(value)} oops}` }],
    ['POST', '/v1/sessions', { body: { agent: value } }],
    ['POST', '/v1/sessions', { body: { agent: 'refused', tags: value } }],
    ['POST', '/v1/sessions', { body: { agent: 'refused', title: value.repeat(50) } }],
    ['POST', '/v1/sessions', { body: JSON.stringify(value.repeat(60_000)) }],
    ['POST', '/v1/sessions', { body: value, headers: { 'content-type': `text/${garbage.core}` } }],
    ['GET', `/v1/sessions?cursor=${inUrl}`],
    ['GET', `/v1/sessions/${id}/events?after=${inUrl}`],
    ['GET', '/v1/sessions', { headers: { 'perdure-protocol': value } }],
    ['GET', '/v1/sessions', { headers: { origin: `https://${garbage.core}.example` } }],
    ['POST', '/trpc/sessions.create', { body: `{"agent": ${value}` }],
    ['GET', `/trpc/sessions.get?input=${inUrl}`],
  ];
  for (const [method, path, options] of requests)
    await asked(visit, 'stranger', [method, path, { ...options, token }]);
  await spoken(visit, 'stranger', { token }, async (socket) => {
    socket.ws.send(`{"id":1,"method":"${value}`);
    socket.send({ id: 2, method: 'subscription', params: { path: value, input: {} } });
    socket.send({
      id: 3,
      method: 'mutation',
      params: { path: 'sessions.create', input: { agent: [value] } },
    });
    await socket.until((messages) => messages.length >= 3);
    socket.ws.send(JSON.stringify(value.repeat(60_000)));
    await socket.closed;
  });
  const lines = [
    `GET /${inUrl} HTTP/1.1\r\nhost: ${value}\r\n\r\n`,
    `GET /v1/sessions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nuser-agent: \u001b[2J${value}\r\nx: \u0007\r\n\r\n`,
    `GET /v1/sessions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx-long: ${value.repeat(2_000)}\r\n\r\n`,
    `${garbage.core} nonsense\r\n\r\n`,
    `GET /v1/sessions/a%0d%0a%1b%5b2J${garbage.core} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`,
    `GET /trpc HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: ${garbage.core}\r\nsec-websocket-version: 13\r\n\r\n`,
  ];
  for (const line of lines) {
    using connection = await rawConnection(port);
    await connection.send(line);
    connection.socket.end();
    await connection.closed;
    outlets.hear('answers to stranger', connection.received());
  }
}
