import { type FollowInput, isPerdureError, PerdureError } from '@perdure/protocol';
import { createParser } from 'eventsource-parser';
import type { ClientClock } from '../client-clock.ts';
import { readErrorBody, readErrorResponse } from '../rest/read-error.ts';
import { headersOf } from '../rest/headers-of.ts';
import { queryOf } from '../rest/routes.ts';
import type { FollowLink, FrameSink, LinkEvents } from './follow-link.ts';
import { endsLink } from './link-loss.ts';
import { takeFrame } from './read-frame.ts';

// T1. At most four streams at a time: over HTTP/1.1 a browser has six connections to a server, and commands need some.
// T2. A stream on which nothing came for as long as a heartbeat may take is dead, and with it the link.
// T3. The credential goes in a header, never in the URL.

const MOST_STREAMS = 4;
/** The server sends at least a comment every 15 s; 20 s more for a slow network. */
const SILENCE_MS = 35_000;
/** More than any state that the limits of the server allow, so that rubbish without an end does not fill the memory. */
const LONGEST_EVENT = 64 * 1024 * 1024;

export interface StreamLinkOptions {
  readonly base: string;
  readonly fetch: typeof globalThis.fetch;
  readonly token: string | undefined;
  readonly clock: ClientClock;
}

/** Carries subscriptions as event streams, each one a `fetch`, where a WebSocket cannot open. */
export function openStreamLink(options: StreamLinkOptions, events: LinkEvents): FollowLink {
  const streams = new Set<AbortController>();
  let isOver = false;

  function close(): void {
    isOver = true;
    for (const stream of streams) stream.abort();
    streams.clear();
  }

  function lose(error: PerdureError): void {
    if (isOver) return;
    close();
    events.lost(error);
  }

  function follow(input: FollowInput, sink: FrameSink): () => void {
    const stream = new AbortController();
    const stop = () => {
      streams.delete(stream);
      stream.abort();
    };
    const ended = (error: PerdureError | undefined) => {
      if (stream.signal.aborted) return;
      stop();
      sink.ended(error);
    };
    if (streams.size >= MOST_STREAMS) {
      options.clock.soon(() => ended(tooManyStreams())); // T1
      return stop;
    }
    streams.add(stream);
    const accepted = () => {
      if (!stream.signal.aborted) events.accepted();
    };
    const frame: FrameSink['frame'] = (value) => {
      if (!stream.signal.aborted) sink.frame(value);
    };
    readStream(options, input, stream.signal, { accepted, frame }).then(
      (retryAfterMs) => ended(endedByServer(retryAfterMs)),
      (error: unknown) => {
        if (stream.signal.aborted) return;
        if (!isPerdureError(error)) return lose(unreachable(error));
        if (endsLink(error) || error.code === 'unreachable') return lose(error);
        accepted();
        ended(error);
      },
    );
    return stop;
  }

  return { follow, close };
}

interface StreamEvents extends Pick<FrameSink, 'frame'> {
  accepted(): void;
}

/**
 * Reads one stream to its end, and tells when the server wants to see this client again. Throws what the server says, or
 * `unreachable` when the network gave up.
 */
async function readStream(
  { base, fetch, token, clock }: StreamLinkOptions,
  { sessionId, lastEventId, ...query }: FollowInput,
  stopped: AbortSignal,
  { accepted, frame }: StreamEvents,
): Promise<number> {
  const silent = new AbortController();
  const stop = () => silent.abort();
  stopped.addEventListener('abort', stop, { once: true });
  let callOff = clock.after(SILENCE_MS, stop);
  const heard = () => {
    callOff();
    callOff = clock.after(SILENCE_MS, stop); // T2
  };
  let failure: PerdureError | undefined;
  let retryAfterMs = 0;
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ event, data }) => {
      if (failure !== undefined) return;
      // What has another name is for clients of a later release, and need not be JSON.
      if (event === 'error') failure = errorOfEvent(JSON.parse(data));
      else if (event === undefined || event === 'message') takeFrame(JSON.parse(data), { frame });
    },
    onRetry: (ms) => {
      retryAfterMs = ms;
    },
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw error;
    },
  });
  try {
    const target = `/v1/sessions/${encodeURIComponent(sessionId)}/events${queryOf(query)}`;
    const headers = {
      ...headersOf(token), // T3
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    };
    const response = await fetch(base + target, { headers, signal: silent.signal, cache: 'no-store' });
    if (!response.ok) throw await readErrorResponse(response);
    const reader = readerOf(response);
    accepted();
    const decoder = new TextDecoder('utf-8', { fatal: true });
    for (;;) {
      const { done, value } = await reader.read();
      if (done || stopped.aborted) return retryAfterMs;
      heard();
      parser.feed(decoder.decode(value, { stream: true }));
      if (failure !== undefined) throw failure;
    }
  } finally {
    callOff();
    stopped.removeEventListener('abort', stop);
    stop();
  }
}

function readerOf({ headers, body }: Response) {
  const isStream = headers.get('content-type')?.startsWith('text/event-stream');
  if (isStream && body) return body.getReader();
  throw unreachable(new Error('The answer is not an event stream.'));
}

/** An error event holds the error as REST sends it. */
function errorOfEvent(value: unknown): PerdureError {
  const body = typeof value === 'object' && value !== null && 'error' in value ? value.error : value;
  return readErrorBody(body) ?? new PerdureError('internal', 'The stream ended with an unknown error.');
}

const unreachable = (cause: unknown) =>
  new PerdureError('unreachable', 'The event stream was lost.', { cause });

const endedByServer = (retryAfterMs: number) =>
  new PerdureError('unreachable', 'The server has ended the event stream.', { details: { retryAfterMs } });

const tooManyStreams = () =>
  new PerdureError(
    'too-many-streams',
    `WebSockets are blocked here, and a client follows at most ${MOST_STREAMS} sessions by event stream. Leave one, or serve over HTTP/2 and let WebSockets through.`,
    { details: { limit: 'streams', max: MOST_STREAMS, current: MOST_STREAMS } },
  );
