import { expect, test } from 'vitest';
import { eventStream } from './support/event-stream.ts';
import { type RunningServer, runningServer } from './support/running-server.ts';
import { codeOf, framesOf, type TrpcSocket, trpcSocket } from './support/trpc-socket.ts';

const authenticate = ({ credential }: { credential?: string | undefined }) =>
  credential === undefined ? null : { id: credential };
const params = { token: 'ann' };

/** `in`, or the code of the refusal. */
async function follow(socket: TrpcSocket, call: number, sessionId: string): Promise<string> {
  socket.follow(call, { sessionId });
  return socket.until((messages) => codeOf(messages, call) ?? (framesOf(messages, call).length > 0 && 'in'));
}

const sessionOf = async (server: RunningServer, token: string) =>
  (await server.client({ token }).sessions.create()).id;

test('[E11] one follower over the limit of a session is refused, and those that left make room for as many', async () => {
  await using server = await runningServer({ authenticate, limits: { sessionFollowersPerPrincipal: 3 } });
  const id = await sessionOf(server, 'ann');
  const first = await trpcSocket(server.url, { params });
  const second = await trpcSocket(server.url, { params });
  expect(await Promise.all([1, 2].map((call) => follow(first, call, id)))).toEqual(['in', 'in']);
  expect(await follow(second, 1, id)).toBe('in');
  for (const socket of [first, second]) {
    expect(await follow(socket, 9, id)).toBe('too-many-streams');
    const refusal = socket.messages.find((message) => message.id === 9 && message.error)?.error;
    expect(refusal?.data).toMatchObject({
      httpStatus: 429,
      perdure: { details: { limit: 'sessionFollowersPerPrincipal', max: 3, current: 3 } },
    });
  }
  // Of another session, and of other people, there is none yet.
  expect(await follow(first, 10, await sessionOf(server, 'ann'))).toBe('in');
  expect(
    (
      await server.ask('GET', `/v1/sessions/${id}/events`, {
        token: 'ann',
        headers: { accept: 'text/event-stream' },
      })
    ).error?.code,
  ).toBe('too-many-streams');

  first.ws.terminate(); // without a word
  using third = await trpcSocket(server.url, { params });
  let call = 100;
  await expect.poll(() => follow(third, ++call, id), { timeout: 10_000 }).toBe('in');
  await expect.poll(() => follow(third, ++call, id), { timeout: 10_000 }).toBe('in');
  expect(await follow(third, ++call, id)).toBe('too-many-streams');
  third.send({ id: 101, method: 'subscription.stop' });
  await expect.poll(() => follow(second, ++call, id), { timeout: 10_000 }).toBe('in');
  expect(await follow(second, ++call, id)).toBe('too-many-streams');
  second.ws.terminate();
});

test('[E11] one socket over the limit of a principal is told why and closed; one that ended makes room', async () => {
  await using server = await runningServer({ authenticate, limits: { principalSockets: 2 } });
  const id = await sessionOf(server, 'ann');
  const sockets = await Promise.all([1, 2].map(() => trpcSocket(server.url, { params })));
  for (const socket of sockets) expect(await follow(socket, 1, id)).toBe('in');
  const outcome = async () => {
    const socket = await trpcSocket(server.url, { params });
    const answer = await follow(socket, 1, id).catch((error: Error) => error.message);
    if (answer === 'in') sockets.push(socket);
    return answer === 'in' ? answer : { answer, ...(await socket.closed) };
  };
  expect(await outcome()).toEqual({ answer: 'limit-exceeded', code: 1013, reason: 'limit-exceeded' });
  sockets[0]?.ws.terminate();
  await expect.poll(outcome, { timeout: 10_000 }).toBe('in');
  expect(await outcome()).toMatchObject({ answer: 'limit-exceeded' });
  const other = await trpcSocket(server.url, { params: { token: 'ben' } });
  expect(await follow(other, 1, await sessionOf(server, 'ben'))).toBe('in');
  for (const socket of [...sockets, other]) socket.ws.terminate();
});

test('[E11] one event stream over the limit is answered 429 with when to try again; one that ended makes room', async () => {
  await using server = await runningServer({ authenticate, limits: { principalStreams: 2 } });
  const id = await sessionOf(server, 'ann');
  const path = `/v1/sessions/${id}/events`;
  const open = () => eventStream(`${server.url}${path}`, { token: 'ann' });
  const streams = [await open(), await open()];
  const headers = { accept: 'text/event-stream' };
  const refused = await server.ask('GET', path, { token: 'ann', headers });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.error).toMatchObject({
    code: 'too-many-streams',
    details: { limit: 'principalStreams', max: 2, current: 2 },
  });
  await streams[0]?.[Symbol.asyncDispose]();
  const third = await expect
    .poll(() => open().catch((error: Error) => error.message), { timeout: 10_000 })
    .not.toBeTypeOf('string')
    .then(() => server.ask('GET', path, { token: 'ann', headers }));
  expect(third.status).toBe(429);
  await streams[1]?.[Symbol.asyncDispose]();
});
