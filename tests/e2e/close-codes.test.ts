import { expect, test } from 'vitest';
import { runningServer } from './support/running-server.ts';
import { codeOf, followCall, framesOf, trpcSocket } from './support/trpc-socket.ts';

/** Long enough to join, on a busy machine too. */
const LIFE_MS = 4_000;

test('[E18] before a socket is closed 4001 or 4009 each call it has open is told why, or the socket if there is none', async () => {
  await using server = await runningServer({
    authenticate: ({ credential }) => (credential === 'good' ? { id: 'ann' } : null),
  });
  const refusals = [
    { params: { token: 'bad' }, code: 'unauthenticated', close: 4001 },
    { params: { token: 'good', protocol: 999 }, code: 'protocol-mismatch', close: 4009 },
  ];
  for (const { params, code, close } of refusals) {
    const socket = await trpcSocket(server.url, { params });
    socket.send([followCall(1, { sessionId: 'a' }), followCall(2, { sessionId: 'b' })]);
    expect(await socket.closed).toEqual({ code: close, reason: code });
    expect([1, 2].map((id) => codeOf(socket.messages, id))).toEqual([code, code]);
    const silent = await trpcSocket(server.url, { params });
    expect(await silent.closed).toEqual({ code: close, reason: code });
    expect(codeOf(silent.messages, null)).toBe(code);
  }
  const header = await trpcSocket(server.url, { headers: { authorization: 'Bearer bad' } });
  expect(await header.closed).toEqual({ code: 4001, reason: 'unauthenticated' });
});

test('[E18] a credential that ends closes its sockets 4001, and tells each follower', async () => {
  await using server = await runningServer({
    authenticate: ({ credential }) =>
      credential === 'short' ? { id: 'ann', expiresAt: Date.now() + LIFE_MS } : { id: 'ann' },
  });
  const { id } = await server.client({ token: 'long' }).sessions.create();
  const short = await trpcSocket(server.url, { params: { token: 'short' } });
  using long = await trpcSocket(server.url, { params: { token: 'long' } });
  for (const call of [1, 2]) short.follow(call, { sessionId: id });
  long.follow(1, { sessionId: id });
  await short.until((messages) => framesOf(messages, 2)[0]);
  expect(await short.closed).toEqual({ code: 4001, reason: 'unauthenticated' });
  expect([1, 2].map((call) => codeOf(short.messages, call))).toEqual(['unauthenticated', 'unauthenticated']);
  await server.client({ token: 'long' }).session(id).update({ title: 'Still here' });
  await long.until((messages) => framesOf(messages, 1).at(-1)?.kind === 'events');
  expect(codeOf(long.messages, 1)).toBeUndefined();
});

test('[E18] what fails for one follower is told to that one, and the socket stays', async () => {
  await using server = await runningServer();
  const { id } = await server.client().sessions.create();
  using socket = await trpcSocket(server.url);
  socket.send([followCall(1, { sessionId: 'nope' }), followCall(2, { sessionId: id, lastEventId: 'x' })]);
  socket.follow(3, { sessionId: id });
  expect(await socket.until((messages) => codeOf(messages, 1))).toBe('session-not-found');
  expect(await socket.until((messages) => codeOf(messages, 2))).toBe('invalid-cursor');
  await socket.until((messages) => framesOf(messages, 3)[0]);
  await server.client().session(id).delete();
  expect(await socket.until((messages) => codeOf(messages, 3))).toBe('session-deleted');
  expect(socket.ws.readyState).toBe(socket.ws.OPEN);
});

test('[E18] a server that stops closes its sockets 1012', async () => {
  const server = await runningServer();
  const socket = await trpcSocket(server.url);
  await server[Symbol.asyncDispose]();
  expect(await socket.closed).toEqual({ code: 1012, reason: 'restart' });
});
