import type { FollowFrame } from '@perdure/protocol';
import { facts } from './facts.ts';

/** One event of a stream, field by field. */
export interface StreamEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
}

export interface EventStream extends AsyncDisposable {
  readonly events: readonly StreamEvent[];
  /** The frames of the events so far. */
  frames(): FollowFrame[];
  until<T>(find: (stream: EventStream) => T | undefined | false): Promise<T>;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
}

/** Follows a session over plain HTTP. Throws what the server answered if that is no stream. */
export async function eventStream(
  url: string,
  { token, lastEventId }: { readonly token?: string; readonly lastEventId?: string } = {},
): Promise<EventStream> {
  const left = new AbortController();
  const response = await fetch(url, {
    headers: {
      accept: 'text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: left.signal,
  });
  if (!response.ok || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
  const { body } = response;
  const events: StreamEvent[] = [];
  const { tell, end, until } = facts();
  const ended = (async () => {
    let rest = '';
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split('\n\n');
      rest = parts.pop() ?? '';
      events.push(...parts.map(parsed).filter((event) => Object.keys(event).length > 0));
      tell();
    }
    end(new Error('The stream ended without it.'));
  })();
  ended.catch((error: Error) => end(error));
  const stream: EventStream = {
    events,
    frames: () => events.flatMap((event) => (event.id === undefined ? [] : [JSON.parse(event.data ?? '')])),
    until: (find) => until(() => find(stream)),
    ended,
    [Symbol.asyncDispose]: async () => {
      left.abort();
      await ended.catch(() => {}); // by our own abort
    },
  };
  return stream;
}

function parsed(text: string): StreamEvent {
  const fields = text
    .split('\n')
    .filter((line) => !line.startsWith(':'))
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
  return Object.fromEntries(fields);
}
