import { setImmediate as turn } from 'node:timers/promises';
import { createPerdureClient, type PerdureClient } from '@perdure/client';
import { isPerdureError } from '@perdure/protocol';
import { followFrameSchema } from '@perdure/protocol/schemas';
import * as fc from 'fast-check';
import { eventsFrame, snapshotFrame } from '../../packages/client-sdk/test/frames-of.ts';
import { SampleLog } from '../../packages/client-sdk/test/sample-log.ts';
import { arbitraryOf } from '../../packages/protocol/test/arbitrary-of.ts';
import { type SeededRandom, seededRandom } from '../support/seeded-random.ts';
import { FakeWebSocket } from './support/fake-web-socket.ts';
import { inCase, inLanes } from './support/fuzz-case.ts';
import { mutatedText } from './support/mutate-json.ts';

export interface ClientFuzzOutcome {
  readonly cases: number;
  /** How often a session ended or waited with an error of ours. */
  readonly told: number;
}

type Way = 'websocket' | 'stream' | 'rest';
const ways: readonly Way[] = ['websocket', 'stream', 'rest'];

/** What a server says to someone who follows, right and in order. */
function goodFrames(seed: number): unknown[][] {
  const log = new SampleLog();
  log.turn('question', 'one two three');
  log.turn('another', 'four');
  const { events } = log;
  const middle = Math.floor(events.length / 2);
  const any = fc.sample(arbitraryOf(followFrameSchema), { seed, numRuns: 12 });
  return [
    [snapshotFrame(events, middle), eventsFrame(events, middle, events.length)],
    [eventsFrame(events, 0, middle), eventsFrame(events, middle, events.length)],
    ...any.map((frame) => [snapshotFrame(events, middle), frame]),
  ];
}

/** Lets clients hear what no server of ours says; throws if one of them falls over it, or takes it for an error of no kind. */
export async function fuzzClients({
  seed,
  cases,
}: {
  readonly seed: number;
  readonly cases: number;
}): Promise<ClientFuzzOutcome> {
  const frames = goodFrames(seed);
  const thrown: unknown[] = [];
  const outcome = { cases: 0, told: 0 };
  process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error));
  const note = (reason: unknown) => thrown.push(reason);
  process.on('unhandledRejection', note);
  try {
    const random = seededRandom(seed, 'clients');
    await inLanes(
      64,
      Array.from({ length: cases }, (_, at) => at),
      async (at) => {
        const way = ways[at % ways.length] ?? 'rest';
        const said = wordsFor(way, random.pick(frames), random);
        await inCase(`seed ${seed}, ${way}`, JSON.stringify(said), async () => {
          const errors = await hear(way, said, random.below(20));
          await turn();
          await new Promise((resolve) => setTimeout(resolve)); // tRPC throws again what it caught, a little later
          const [fault] = thrown.splice(0);
          if (fault !== undefined) throw fault;
          const unknown = errors.find((error) => !isPerdureError(error));
          if (unknown !== undefined) throw unknown;
          outcome.told += errors.length > 0 ? 1 : 0;
        });
        outcome.cases += 1;
      },
    );
    return outcome;
  } finally {
    process.off('unhandledRejection', note);
    process.setUncaughtExceptionCaptureCallback(null);
  }
}

/** What is said on one way, with something wrong in it. */
function wordsFor(way: Way, frames: readonly unknown[], random: SeededRandom): string[] {
  const at = random.below(frames.length);
  switch (way) {
    case 'websocket': {
      const messages: unknown[] = [
        { id: 1, result: { type: 'started' } },
        ...frames.map((frame) => ({
          id: 1,
          result: { type: 'data', id: '1.1', data: { id: '1.1', data: frame } },
        })),
        {
          id: 1,
          error: {
            code: -32_004,
            message: 'x',
            data: { code: 'NOT_FOUND', httpStatus: 404, perdure: { code: 'session-not-found' } },
          },
        },
        { id: null, method: 'reconnect' },
        { id: 1, result: { type: 'stopped' } },
      ];
      const wrong = random.below(messages.length);
      return messages.map((message, index) =>
        index === wrong ? mutatedText(message, random) : JSON.stringify(message),
      );
    }
    case 'stream': {
      const events = frames.map((frame, index) => {
        const data = index === at ? mutatedText(frame, random).replaceAll('\n', ' ') : JSON.stringify(frame);
        return random.pick([
          `id: 1.1\ndata: ${data}\n\n`,
          `data: ${data}\n\n`,
          `event: ${random.pick(['error', 'message', 'later'])}\ndata: ${data}\n\n`,
          `data: ${data}\n`,
        ]);
      });
      return [`retry: ${random.pick(['1000', '-1', 'x', '99999999999999'])}\n\n`, ...events];
    }
    case 'rest':
      return [
        random.chance(0.5)
          ? mutatedText(
              { error: { code: 'internal', message: 'x', details: { retryAfterMs: 5 }, errorId: 'a' } },
              random,
            )
          : mutatedText(
              { items: [], nextCursor: null, limits: { bodyBytes: 1_000_000 }, principal: { id: 'a' } },
              random,
            ),
      ];
    default:
      throw way satisfies never;
  }
}

/** Lets a client hear the words; returns the errors that it told. */
async function hear(way: Way, said: readonly string[], choice: number): Promise<unknown[]> {
  switch (way) {
    case 'websocket':
      return followed(way, said, () => new Response('', { status: 500 }));
    case 'stream':
      return followed(way, said, () => streamOf(said));
    case 'rest':
      return asked(said.join(''), choice);
    default:
      throw way satisfies never;
  }
}

function streamOf(said: readonly string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const bytes = new TextEncoder().encode(said.join(''));
      for (let at = 0; at < bytes.length; at += 700) controller.enqueue(bytes.subarray(at, at + 700));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

async function followed(
  way: 'websocket' | 'stream',
  said: readonly string[],
  answer: () => Response,
): Promise<unknown[]> {
  const errors: unknown[] = [];
  const spoken = Promise.withResolvers<void>();
  const talk = (socket: FakeWebSocket, text: string) => {
    if (!text.includes('"subscription"')) return;
    queueMicrotask(() => {
      for (const words of said) socket.say(words);
      spoken.resolve();
    });
  };
  const WebSocket = class extends FakeWebSocket {
    constructor() {
      super(talk);
    }
  } as unknown as typeof globalThis.WebSocket;
  const client = createPerdureClient({
    url: 'http://127.0.0.1:9',
    WebSocket: way === 'websocket' ? WebSocket : null,
    fetch: async () => {
      if (way === 'stream') queueMicrotask(() => setTimeout(() => spoken.resolve()));
      return answer();
    },
  });
  const session = client.session('s1');
  const stop = session.subscribe(() => {
    const { error } = session.getSnapshot();
    if (error !== undefined) errors.push(error);
  });
  const stopEvents = session.onEvent(() => {});
  const reading = read(client, errors);
  await spoken.promise;
  await turn();
  await turn();
  const { error } = client.connection.get();
  if (error !== undefined) errors.push(error);
  stop();
  stopEvents();
  client.close();
  await reading;
  return errors;
}

/** Reads the log beside, which has a reader of its own. */
async function read(client: PerdureClient, errors: unknown[]): Promise<void> {
  const left = new AbortController();
  setTimeout(() => left.abort(), 5);
  try {
    for await (const _event of client.session('s1').events({ signal: left.signal }));
  } catch (error) {
    errors.push(error);
  }
}

/** Asks for something and gets the words as the answer. */
async function asked(text: string, choice: number): Promise<unknown[]> {
  const status = [200, 200, 204, 201, 302, 400, 401, 404, 429, 500, 502, 503][choice % 12] ?? 200;
  const client = createPerdureClient({
    url: 'http://127.0.0.1:9',
    fetch: async () =>
      new Response(status === 204 ? null : text, {
        status,
        headers: {
          'content-type': 'application/json',
          'retry-after': ['1', '-1', 'x', '9'.repeat(30)][choice % 4] ?? '1',
        },
      }),
  });
  const session = client.session('s1');
  const left = AbortSignal.timeout(20);
  const calls = [
    () => client.hello(),
    () => client.sessions.list(),
    () => client.sessions.create(),
    () => session.blocks(),
    () => session.submit('x'.repeat(100_000), { signal: left }),
    () => session.submit('short', { signal: left }),
  ];
  try {
    await calls[choice % calls.length]?.();
    return [];
  } catch (error) {
    return left.aborted && error === left.reason ? [] : [error];
  } finally {
    client.close();
  }
}
