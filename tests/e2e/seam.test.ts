import { EventEmitter, once } from 'node:events';
import type { AnyEvent } from '@perdure/client';
import { emptySessionState, reduceSession } from '@perdure/protocol';
import { functionAgent } from '@perdure/server';
import { expect, test, vi } from 'vitest';
import { type EventStream, eventStream } from './support/event-stream.ts';
import { type RunningServer, runningServer } from './support/running-server.ts';
import { followCall, framesOf, type TrpcSocket, trpcSocket } from './support/trpc-socket.ts';
import { joinedEvents } from './support/wire-text.ts';

/** An agent that speaks when told to: long words in one tick, short ones one by one, and what a careless wire trips over. */
function recordedAgent() {
  const cues = new EventEmitter();
  const agent = functionAgent(async (_turn, session) => {
    for (let count = 0; count < 5; count += 1) session.text(`${count}`.repeat(3_000)); // several deltas in one row
    await session.flushed();
    for (let count = 0; count < 10; count += 1) {
      session.text(`word ${count} `);
      await session.flushed();
    }
    const call = session.toolUse({
      name: 'search',
      input: { text: '],"live":true}\n\n"nextCursor":null,\t' },
    });
    call.result(['\u2028', '\u{1f600}', '\\u0000\t', 'data: x\nid: 1']);
    session.log('warn', '"events":[', { items: [] });
    session.text('and then ');
    await session.flushed();
    cues.emit('said');
    await once(cues, 'go on');
    for (let count = 0; count < 3; count += 1) {
      session.text(`later ${count} `);
      await session.flushed();
    }
    cues.emit('said');
    await once(cues, 'go on');
  });
  return { agent, said: () => once(cues, 'said'), goOn: () => cues.emit('go on') };
}

const textsOf = (socket: TrpcSocket, call: number) =>
  socket.messages.filter((message) => message.id === call && message.result?.data).map(({ text }) => text);
const dataOf = (stream: EventStream) =>
  stream.events.flatMap((event) => (event.id ? [event.data ?? ''] : []));
const headOf = async (server: RunningServer, id: string) => {
  const { cursor } = (await server.ask('GET', `/v1/sessions/${id}`)).body;
  const [epoch, seq] = cursor.split('.').map(Number);
  return { epoch, seq };
};

async function pagesFrom(server: RunningServer, id: string, place: string): Promise<string[]> {
  const texts: string[] = [];
  for (let cursor: string | null = place; cursor !== null; ) {
    const page = await server.ask('GET', `/v1/sessions/${id}/events?limit=7&cursor=${cursor}`);
    texts.push(page.text);
    cursor = page.body.nextCursor;
  }
  return texts;
}

test('[Q1] what was seen up to any place and the resume from there make the whole, byte for byte, on every wire', {
  timeout: 60_000,
}, async () => {
  const { agent, said, goOn } = recordedAgent();
  await using server = await runningServer({ agents: { agent } });
  const client = server.client();
  const { id } = await client.sessions.create();
  using witness = await trpcSocket(server.url);
  witness.follow(1, { sessionId: id, from: 'beginning' });
  await witness.until((messages) => framesOf(messages, 1)[0]);
  const spoken = said();
  const { runId = '' } = await client.session(id).submit('go');
  await spoken;
  const recorded = await headOf(server, id);
  expect(recorded.seq).toBeGreaterThan(25);
  const places = Array.from({ length: recorded.seq + 1 }, (_none, seq) =>
    seq === 0 ? '0.0' : `${recorded.epoch}.${seq}`,
  );

  using socket = await trpcSocket(server.url);
  socket.send(places.map((lastEventId, call) => followCall(call, { sessionId: id, lastEventId })));
  const path = `${server.url}/v1/sessions/${id}/events`;
  const streams = await Promise.all(places.map((lastEventId) => eventStream(path, { lastEventId })));
  for (const call of places.keys()) await socket.until((messages) => framesOf(messages, call).at(-1)?.live);
  for (const stream of streams) await stream.until(({ frames }) => frames().at(-1)?.live);
  const more = said();
  goOn(); // each goes on from its seam to what is new
  await more;

  const { seq: head } = await headOf(server, id);
  const reaches = (cursor: string | undefined) => Number(cursor?.split('.')[1]) >= head;
  await witness.until((messages) => reaches(framesOf(messages, 1).at(-1)?.cursor));
  const whole = joinedEvents(textsOf(witness, 1));
  const events: AnyEvent[] = JSON.parse(`[${whole}]`);
  const texts = events.map((event) => JSON.stringify(event));
  expect(texts.join(',')).toBe(whole);
  expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
  for (const [seen, place] of places.entries()) {
    const rest = texts.slice(seen).join(',');
    await socket.until((messages) => reaches(framesOf(messages, seen).at(-1)?.cursor));
    expect(joinedEvents(textsOf(socket, seen))).toBe(rest);
    const stream = streams[seen];
    await stream?.until(({ frames }) => reaches(frames().at(-1)?.cursor));
    expect(joinedEvents(stream === undefined ? [] : dataOf(stream))).toBe(rest);
    expect(joinedEvents(await pagesFrom(server, id, place))).toBe(rest);
  }

  // Once the deltas are taken out, what is left has the same meaning.
  goOn();
  await client.session(id).run({ runId, wait: 30 });
  await vi.waitFor(
    () => expect(server.rows("SELECT 1 FROM entry WHERE kind = 0 AND body <> ''")).toEqual([]),
    10_000,
  );
  const { state } = (await server.ask('GET', `/v1/sessions/${id}`)).body;
  const expectWhole = (seen: number, rest: readonly string[]) => {
    const resumed: AnyEvent[] = JSON.parse(`[${joinedEvents(rest)}]`);
    expect([...events.slice(0, seen), ...resumed].reduce(reduceSession, emptySessionState(id))).toEqual(
      state,
    );
  };
  for (const [seen, place] of places.entries()) {
    expectWhole(seen, await pagesFrom(server, id, place));
    await using stream = await eventStream(path, { lastEventId: place }); // what is recent may come as it was said
    expectWhole(seen, await stream.until(({ frames }) => frames().at(-1)?.live && dataOf(stream)));
  }
  await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()));
});
