import { expect, test } from 'vitest';
import { eventStream } from './support/event-stream.ts';
import { runningServer } from './support/running-server.ts';
import { codeOf, framesOf, trpcSocket } from './support/trpc-socket.ts';

const rubbish = [
  'x',
  '-1',
  '1',
  '1.',
  '.1',
  '1.1.1',
  '1.-1',
  '1.1e3',
  '9007199254740993.1',
  ' 1.1',
  "1.1'--",
];

/** A session of three events, and a place in it that is moved. */
async function withSession() {
  const server = await runningServer();
  const { id } = await server.client().sessions.create();
  for (const content of ['one', 'two']) await server.client().session(id).submit(content, { run: false });
  const { cursor } = (await server.ask('GET', `/v1/sessions/${id}`)).body;
  const [epoch, head] = cursor.split('.').map(Number);
  return { server, id, epoch, head, path: `/v1/sessions/${id}/events` };
}

const headers = { accept: 'text/event-stream' };

test('[D5] a cursor of rubbish is invalid-cursor on every wire', async () => {
  const { server, id, path } = await withSession();
  await using _ending = server;
  using socket = await trpcSocket(server.url);
  for (const [index, cursor] of rubbish.entries()) {
    const page = await server.ask('GET', `${path}?after=${encodeURIComponent(cursor)}`);
    expect([cursor, page.status, page.error?.code]).toEqual([cursor, 400, 'invalid-cursor']);
    const stream = await server.ask('GET', `${path}?after=${encodeURIComponent(cursor)}`, { headers });
    expect([cursor, stream.status, stream.error?.code]).toEqual([cursor, 400, 'invalid-cursor']);
    socket.follow(index + 1, { sessionId: id, lastEventId: cursor });
    expect(await socket.until((messages) => codeOf(messages, index + 1))).toBe('invalid-cursor');
  }
  // The socket and its other subscriptions stay.
  socket.follow(100, { sessionId: id });
  expect(await socket.until((messages) => framesOf(messages, 100)[0])).toMatchObject({ kind: 'snapshot' });
});

test('[D5][Q2] a place of another epoch or past the end brings a snapshot that says why, and no page', async () => {
  const { server, id, epoch, head, path } = await withSession();
  await using _ending = server;
  using socket = await trpcSocket(server.url);
  const lost = { [`${epoch}.${head + 1}`]: 'ahead', [`${epoch + 1}.1`]: 'epoch', '1.0': 'epoch' };
  for (const [index, [cursor, reason]] of Object.entries(lost).entries()) {
    socket.follow(index + 1, { sessionId: id, lastEventId: cursor });
    const frame = await socket.until((messages) => framesOf(messages, index + 1)[0]);
    const snapshot = { kind: 'snapshot', reason, cursor: `${epoch}.${head}`, live: true };
    expect([cursor, frame]).toMatchObject([cursor, snapshot]);
    await using stream = await eventStream(`${server.url}${path}`, { lastEventId: cursor });
    expect(await stream.until(({ frames }) => frames()[0])).toMatchObject(snapshot);
    const page = await server.ask('GET', `${path}?after=${cursor}`);
    expect(page.error).toMatchObject({ code: 'invalid-cursor', details: { reason } });
  }
  // Whoever was ahead goes on from the snapshot.
  await server.client().session(id).submit('three', { run: false });
  for (const follower of [1, 2, 3]) {
    const next = await socket.until((messages) => framesOf(messages, follower)[1]);
    expect(next).toMatchObject({ kind: 'events', after: head });
  }
});

test('[Q2] deleted and gone are told apart', async () => {
  const { server, id, path } = await withSession();
  await using _ending = server;
  using socket = await trpcSocket(server.url);
  socket.follow(1, { sessionId: id });
  await socket.until((messages) => framesOf(messages, 1)[0]);
  await server.client().session(id).delete();
  expect(await socket.until((messages) => codeOf(messages, 1))).toBe('session-deleted');
  socket.follow(2, { sessionId: id });
  expect(await socket.until((messages) => codeOf(messages, 2))).toBe('session-not-found');
  expect((await server.ask('GET', path)).error?.code).toBe('session-not-found');
});
