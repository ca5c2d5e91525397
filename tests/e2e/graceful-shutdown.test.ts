import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { type AnyEvent, createPerdureClient } from '@perdure/client';
import { expect, test } from 'vitest';
import { readLog, startFollower } from './support/event-log.ts';
import { eventStream } from './support/event-stream.ts';
import { startServer } from './support/server-process.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';
import { eventsOf, framesOf, trpcSocket } from './support/trpc-socket.ts';

const isInterrupted = (event: AnyEvent) => event.type === 'run:interrupted';
const isDelta = (event: AnyEvent) => event.type === 'block:delta';

/** A request whose head lacks its last line: a connection that is not idle when the server stops. */
async function begunRequest(port: number, path: string) {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n`);
  await once(socket, 'connect');
  return {
    answer: async () => {
      socket.write('\r\n');
      return text(socket);
    },
  };
}

/** Resolves when a server takes no new connections. */
async function takesNone(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isTaken = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (!isTaken) return;
    await setImmediate();
  }
}

/** A server with a run that would go on for hours. */
async function startBusyServer(directory: string) {
  const server = await startServer({ directory });
  const client = createPerdureClient({ url: server.url });
  const { id } = await client.sessions.create({ options: { repeat: 1_000_000, delayMs: 2 } });
  const begin = async () => (await client.session(id).submit('one two three')).runId;
  return { server, client, id, begin };
}

test('[A9] told to stop in mid-run, it says so, ends the run by an event, and leaves; clients come back and see it once', async () => {
  using data = temporaryDirectory();
  const { server: first, client, id, begin } = await startBusyServer(data.path);
  const followers = [startFollower(first.url, id), startFollower(first.url, id, { WebSocket: null })];
  using socket = await trpcSocket(first.url);
  socket.follow(1, { sessionId: id, from: 'beginning' });
  await using stream = await eventStream(`${first.url}/v1/sessions/${id}/events?from=beginning`);
  const runId = await begin();
  await Promise.all(followers.map((follower) => follower.until(isDelta)));

  const begun = await begunRequest(first.port, '/readyz');
  const signalledAt = performance.now();
  const exited = first.kill('SIGTERM');
  await takesNone(first.port);
  expect(await begun.answer()).toMatch(/^HTTP\/1\.1 503.*"status":"draining"/s);
  const [closed, exit] = await Promise.all([socket.closed, exited, stream.ended]);
  expect(exit).toEqual({ code: 0, signal: null });
  expect(performance.now() - signalledAt).toBeLessThan(25_000);
  expect(closed).toEqual({ code: 1012, reason: 'restart' });
  for (const frames of [framesOf(socket.messages, 1), stream.frames()]) {
    const interrupted = eventsOf(frames).filter(isInterrupted);
    expect(interrupted).toMatchObject([{ runId, payload: { reason: 'shutdown' } }]);
  }
  expect(stream.events.find((event) => event.retry !== undefined)).toBeDefined();

  await using second = await startServer({ directory: data.path, port: first.port });
  expect(second.url).toBe(first.url);
  await client.session(id).update({ options: { repeat: 1, delayMs: 0 } });
  const again = await client.session(id).submit('the next message');
  const isDone = (event: AnyEvent) => event.type === 'run:completed' && event.runId === again.runId;
  await Promise.all(followers.map((follower) => follower.until(isDone)));
  for (const log of [await readLog(client, id), ...followers.map(({ events }) => events)]) {
    expect(log.filter(isInterrupted)).toMatchObject([{ runId, payload: { reason: 'shutdown' } }]);
  }
  await Promise.all(followers.map((follower) => follower.leave()));
  client.close();
});

test('[A9] a second signal ends it at once', async () => {
  using data = temporaryDirectory();
  const { server, client, id, begin } = await startBusyServer(data.path);
  const follower = startFollower(server.url, id);
  await begin();
  await follower.until(isDelta);
  const exited = server.kill('SIGTERM');
  await takesNone(server.port);
  await server.kill('SIGTERM');
  expect(await exited).toEqual({ code: 143, signal: null });
  await follower.leave();
  client.close();
});
