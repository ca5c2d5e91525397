import type { AnyEvent } from '@perdure/client';
import {
  emptySessionState,
  type FollowFrame,
  reduceSession,
  type SessionState,
  windowSessionState,
} from '@perdure/protocol';
import { functionAgent } from '@perdure/server';
import { expect, test } from 'vitest';
import { eventStream } from './support/event-stream.ts';
import { type RunningServer, runningServer } from './support/running-server.ts';
import { eventsOf, framesOf, type TrpcSocket, trpcSocket } from './support/trpc-socket.ts';

/** Whether frames say in one line, without gap or double, what comes after the place they began at. */
function expectOneLine(frames: readonly FollowFrame[]): void {
  const [first, ...rest] = frames;
  let place = first?.kind === 'events' ? first.through : Number(first?.cursor.split('.')[1]);
  for (const frame of rest) {
    if (frame.kind !== 'events') throw new Error('A second snapshot came.');
    expect(frame.after).toBe(place);
    expect(frame.events.map((event) => event.seq)).toEqual(
      Array.from({ length: frame.through - frame.after }, (_none, index) => frame.after + 1 + index),
    );
    place = frame.through;
  }
}

function foldOf(id: string, frames: readonly FollowFrame[]): SessionState {
  const state = frames.reduce<SessionState>(
    (before, frame) => (frame.kind === 'snapshot' ? frame.state : frame.events.reduce(reduceSession, before)),
    emptySessionState(id),
  );
  return windowSessionState(state); // a snapshot holds no older blocks
}

/** All frames, once the last one tells that the run is over. */
const isDone = (frames: readonly FollowFrame[]) =>
  eventsOf(frames.slice(-1)).some((event) => event.type === 'run:completed') && frames;

test('[D2] a hundred clients that join while an agent speaks each get one line without gap or double', async () => {
  let hasAll = false;
  const agent = functionAgent(async (_turn, session) => {
    for (let index = 0; !hasAll; index += 1) {
      if (index % 10 === 0) session.block({ type: 'system', subtype: 'log', message: `part ${index}` });
      session.text(`word ${index} `);
      await session.flushed();
    }
  });
  await using server = await runningServer({ agents: { agent } });
  const client = server.client();
  const { id } = await client.sessions.create();
  using whole = await trpcSocket(server.url);
  whole.follow(1, { sessionId: id, from: 'beginning' });
  await client.session(id).submit('speak');
  const all = whole.until((messages) => isDone(framesOf(messages, 1)));
  const sockets: TrpcSocket[] = [];
  for (let index = 0; index < 90; index += 1) {
    const { length } = whole.messages;
    await whole.until((messages) => messages.length > length);
    const socket = await trpcSocket(server.url);
    socket.follow(1, { sessionId: id, from: index % 2 === 0 ? 'beginning' : 'snapshot' });
    sockets.push(socket);
  }
  const streams = await Promise.all(
    Array.from({ length: 10 }, () => eventStream(`${server.url}/v1/sessions/${id}/events?from=beginning`)),
  );
  await Promise.all(sockets.map((socket) => socket.until((messages) => messages.length > 1)));
  hasAll = true;
  const expected = foldOf(id, await all);
  const joined = await Promise.all([
    ...sockets.map((socket) => socket.until((messages) => isDone(framesOf(messages, 1)))),
    ...streams.map((stream) => stream.until(({ frames }) => isDone(frames()))),
  ]);
  for (const frames of joined) {
    expectOneLine(frames);
    expect(foldOf(id, frames)).toEqual(expected);
  }
  for (const socket of sockets) socket.ws.terminate();
  await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()));
});

/** What a follower gets until it is at the head. */
async function joinOver(server: RunningServer, wire: string, id: string, place: Record<string, string>) {
  if (wire === 'ws') {
    using socket = await trpcSocket(server.url);
    socket.follow(1, { sessionId: id, ...place });
    return await socket.until((messages) => framesOf(messages, 1).at(-1)?.live && framesOf(messages, 1));
  }
  const { lastEventId, ...query } = place;
  const url = `${server.url}/v1/sessions/${id}/events?${new URLSearchParams(query)}`;
  await using stream = await eventStream(url, lastEventId === undefined ? {} : { lastEventId });
  return await stream.until(({ frames }) => frames().at(-1)?.live && frames());
}

test.each(['ws', 'sse'])(
  '[D4] over %s the whole log, the state, what is new or what was missed are had as asked',
  async (wire) => {
    await using server = await runningServer();
    const client = server.client();
    const { id } = await client.sessions.create();
    for (const content of ['one', 'two', 'three']) await client.session(id).submit(content, { run: false });
    const { cursor, state } = (await server.ask('GET', `/v1/sessions/${id}`)).body;
    const [epoch, head] = cursor.split('.');
    const seqs = (frames: readonly FollowFrame[]) => eventsOf(frames).map((event: AnyEvent) => event.seq);
    const from = (first: number) => Array.from({ length: head - first + 1 }, (_none, index) => first + index);

    expect(seqs(await joinOver(server, wire, id, { from: 'beginning' }))).toEqual(from(1));
    expect(await joinOver(server, wire, id, {})).toEqual([
      { kind: 'snapshot', cursor, reason: 'start', state, live: true },
    ]);
    expect(await joinOver(server, wire, id, { from: 'now' })).toMatchObject([
      { kind: 'events', cursor, after: Number(head), events: [], live: true },
    ]);
    expect(seqs(await joinOver(server, wire, id, { lastEventId: `${epoch}.3` }))).toEqual(from(4));
    // A place wins over a wish, and the origin is in every log.
    expect(seqs(await joinOver(server, wire, id, { lastEventId: '0.0', from: 'now' }))).toEqual(from(1));
    expect(await joinOver(server, wire, id, { lastEventId: cursor })).toMatchObject([
      { events: [], live: true },
    ]);
    expect((await server.ask('GET', `/v1/sessions/${id}/events?after=${epoch}.3`)).body.items).toHaveLength(
      head - 3,
    );
  },
);
