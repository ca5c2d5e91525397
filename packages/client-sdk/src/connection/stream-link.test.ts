import type { PerdureError } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { eventsFrame } from '../../test/frames-of.ts';
import { manualClock, settled } from '../../test/manual-clock.ts';
import { SampleLog } from '../../test/sample-log.ts';
import { openStreamLink } from './stream-link.ts';

const { events } = new SampleLog();
const live = eventsFrame(events, 0, 1);
const frameEvent = `data: ${JSON.stringify(live)}\n\n`;

/** A link whose requests the test answers. */
function scenario() {
  const requests: { readonly url: string; readonly init: RequestInit; answer(response: Response): void }[] =
    [];
  const fetch = (url: string | URL | Request, init: RequestInit = {}) =>
    new Promise<Response>((answer, reject) => {
      requests.push({ url: String(url), init, answer });
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
  const clock = manualClock();
  const told: string[] = [];
  const causes: PerdureError[] = [];
  const link = openStreamLink(
    { base: 'https://x.dev', fetch, token: undefined, clock },
    {
      accepted: () => void told.push('accepted'),
      lost: (error) => {
        told.push(`lost ${error.code}`);
        causes.push(error);
      },
    },
  );
  const follow = () => {
    const log: string[] = [];
    const ends: (PerdureError | undefined)[] = [];
    const stop = link.follow(
      { sessionId: 's/1', from: 'beginning' },
      {
        frame: ({ cursor }) => void log.push(cursor),
        ended: (error) => {
          log.push(`ended ${error?.code}`);
          ends.push(error);
        },
      },
    );
    return { log, ends, stop };
  };
  /** Answers the next request with a stream, to be written and ended. */
  const stream = async () => {
    const encoder = new TextEncoder();
    const controllers: ReadableStreamDefaultController<Uint8Array>[] = [];
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void controllers.push(controller) });
    requests
      .at(-1)
      ?.init.signal?.addEventListener('abort', () => controllers[0]?.error(new Error('aborted')));
    requests.at(-1)?.answer(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    await settled();
    const write = async (text: string) => {
      controllers[0]?.enqueue(encoder.encode(text));
      await settled();
    };
    const end = async () => {
      controllers[0]?.close();
      await settled();
    };
    return { write, end };
  };
  return { clock, link, follow, stream, requests, told, causes };
}

test('[E3] asks for the session by its id, and begins where nothing was seen yet', () => {
  const { follow, requests } = scenario();
  follow();
  expect(requests[0]?.url).toBe('https://x.dev/v1/sessions/s%2F1/events?from=beginning');
  expect(requests[0]?.init.headers).not.toHaveProperty('last-event-id');
});

test('[E3] takes messages, with their name or without, and leaves events of other names to later releases', async () => {
  const { follow, stream, told } = scenario();
  const { log } = follow();
  const { write } = await stream();
  await write(`${frameEvent}event: message\n${frameEvent}event: later\ndata: not JSON\n\n: a comment\n\n`);
  expect(log).toEqual([live.cursor, live.cursor]);
  await write(frameEvent);
  expect([log.length, told]).toEqual([3, ['accepted']]);
});

test('an error event ends its own stream, and what follows it is not heard', async () => {
  const errors = [
    ['{"error":{"code":"session-deleted","message":"Gone."}}', 'session-deleted'],
    ['{"code":"session-not-found","message":"No."}', 'session-not-found'],
    ['"odd"', 'internal'],
    ['null', 'internal'],
  ] as const;
  for (const [data, code] of errors) {
    const { follow, stream, told } = scenario();
    const { log, ends } = follow();
    const { write } = await stream();
    await write(`event: error\ndata: ${data}\n\n${frameEvent}`);
    expect(log).toEqual([`ended ${code}`]);
    expect(told).toEqual(['accepted', 'accepted']);
    if (code === 'internal') expect(ends[0]?.message).toBe('The stream ended with an unknown error.');
  }
});

test('an error that is about the server ends the link', async () => {
  const { follow, stream, told } = scenario();
  const { log } = follow();
  const { write } = await stream();
  await write('event: error\ndata: {"error":{"code":"shutting-down","message":"Later."}}\n\n');
  expect([log, told]).toEqual([[], ['accepted', 'lost shutting-down']]);
});

test('a stream that the server ends is followed again as late as it asks', async () => {
  const { follow, stream } = scenario();
  const { ends } = follow();
  const { write, end } = await stream();
  await write('retry: 700\n\n');
  await end();
  expect(ends).toMatchObject([{ code: 'unreachable', details: { retryAfterMs: 700 } }]);
});

test.each([
  ['not a stream', new Response('{}', { headers: { 'content-type': 'application/json' } })],
  ['of no type', new Response(new Uint8Array())],
  ['empty', new Response(null, { headers: { 'content-type': 'text/event-stream' } })],
])('an answer that is %s is no answer of a server of ours', async (_, response) => {
  const { follow, requests, told } = scenario();
  follow();
  requests[0]?.answer(response);
  await settled();
  expect(told).toEqual(['lost unreachable']);
});

test('[E13] a network that gives up, or bytes that are no text, end the link once', async () => {
  const { follow, stream, told, causes, requests } = scenario();
  const [first, second] = [follow(), follow()];
  requests[0]?.answer(
    new Response(new ReadableStream({ pull: () => Promise.reject(new Error('cut')) }), {
      headers: { 'content-type': 'text/event-stream' },
    }),
  );
  await stream();
  await settled();
  expect([told.filter((line) => line.startsWith('lost')), first.log, second.log]).toEqual([
    ['lost unreachable'],
    [],
    [],
  ]);
  expect(causes[0]).toMatchObject({ message: 'The event stream was lost.', cause: { message: 'cut' } });
  expect(requests.map(({ init }) => init.signal?.aborted)).toEqual([true, true]);
});

test('[E12] a stream on which nothing came for 35 s is dead, and each chunk begins the time anew', async () => {
  const { follow, stream, told, clock } = scenario();
  follow();
  await clock.advance(34_000);
  const { write } = await stream();
  await clock.advance(900); // the answer alone is no sign of life
  await write(':\n\n');
  await clock.advance(34_999);
  expect(told).toEqual(['accepted']);
  await clock.advance(1);
  expect(told).toEqual(['accepted', 'lost unreachable']);
  expect(clock.waiting).toEqual([]);
});

test('[E10] four streams at most; a fifth is refused in words, and there is room again when one has left', async () => {
  const { follow, requests, told } = scenario();
  const [first] = [follow(), follow(), follow(), follow()];
  const fifth = follow();
  expect(fifth.log).toEqual([]); // not before `follow` has returned
  await settled();
  expect(fifth.ends).toMatchObject([
    { code: 'too-many-streams', details: { limit: 'streams', max: 4, current: 4 } },
  ]);
  const left = follow();
  left.stop();
  await settled();
  expect([left.log, told]).toEqual([[], []]);
  first?.stop();
  follow();
  expect(requests).toHaveLength(5);
});

test('who stopped hears nothing more, whatever was on its way', async () => {
  const { follow, stream, told, requests, clock } = scenario();
  const early = follow();
  early.stop();
  const late = follow();
  const { write } = await stream();
  const writing = write(frameEvent);
  late.stop();
  await writing;
  expect([early.log, late.log, told]).toEqual([[], [], ['accepted']]);
  expect(requests.map(({ init }) => init.signal?.aborted)).toEqual([true, true]);
  expect(clock.waiting).toEqual([]);
});

test('a link that was closed tells nothing of its end', async () => {
  const { link, follow, told, requests, clock } = scenario();
  const { log } = follow();
  link.close();
  await settled();
  expect([log, told, requests[0]?.init.signal?.aborted, clock.waiting]).toEqual([[], [], true, []]);
});
