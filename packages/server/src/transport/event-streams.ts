import { contract } from '@perdure/protocol/schemas';
import type { FollowInto } from '../hub/follower-stream.ts';
import { openEventStreamBody } from '../hub/event-stream-body.ts';
import type { Clock } from '../session/clock.ts';
import type { IdSource } from '../session/id-source.ts';
import type { Asker, Caller } from './caller.ts';
import { type ErrorAnswers, limitExceeded } from './error-answers.ts';
import { followSession } from './follow-session.ts';
import type { LeafGuard } from './leaf-guard.ts';
import type { Outflow } from './outflow.ts';
import { queryReaderOf } from './query-values.ts';
import { parseInput } from '../host/parse-input.ts';
import type { FoundRoute } from './rest-routes.ts';

export interface EventStreamParts {
  readonly guard: LeafGuard;
  readonly answers: ErrorAnswers;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const path = 'sessions.follow';
const leaf = contract.sessions.follow;
const readQuery = queryReaderOf(leaf.input);

/** Clients come back at different times after a restart: each stream is told its own wait within these bounds. */
const RETRY_MS = { min: 500, spread: 2_500 };

/**
 * Event streams over plain HTTP: `follow` for clients without WebSocket.
 *
 * E1. A refusal before the first frame is an HTTP answer; a later one is an `error` event.
 * E2. `close` ends every stream; each has told its client when to come back.
 */
export class EventStreams {
  readonly #parts: EventStreamParts;
  readonly #open = new Set<AbortController>();

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
  }

  async open(
    request: Request,
    url: URL,
    { names }: FoundRoute,
    caller: Caller,
    outflow: Outflow | undefined,
  ): Promise<Response> {
    const { guard, answers, clock, ids } = this.#parts;
    const raw = { ...readQuery(url.searchParams), ...placeOf(request, url), sessionId: names['id'] };
    const asker = await guard(path, leaf, caller, raw);
    const input = parseInput(leaf.input, raw);
    const stream = new AbortController();
    const body = await openEventStreamBody({
      follow: this.#counted(stream, asker, followSession(asker, input)),
      signal: AbortSignal.any([request.signal, stream.signal]),
      clock,
      errorText: (error) => JSON.stringify({ error: answers.tell(error, path).toBody() }),
      onStalled: outflow && (() => outflow.cut()),
      unsentBytes: outflow && (() => outflow.unsentBytes),
      retryMs: Math.round(RETRY_MS.min + ids.random() * RETRY_MS.spread),
    });
    return new Response(body, { headers: streamHeaders });
  }

  get size(): number {
    return this.#open.size;
  }

  /** Ends all streams, spread over a time, so that their clients do not come back at once. */
  async close(spreadMs: number): Promise<void> {
    const { clock, ids } = this.#parts;
    await Promise.all(
      [...this.#open].map(
        (stream) =>
          new Promise<void>((resolve) => {
            clock.timer(ids.random() * spreadMs, () => {
              stream.abort();
              resolve();
            });
          }),
      ),
    );
  }

  #counted(stream: AbortController, { principal, server }: Asker, follow: FollowInto): FollowInto {
    return async (sink, signal) => {
      const release = principal && (await server.limiter.hold('principalStreams', principal));
      if (typeof release === 'object') throw limitExceeded(release, 'too-many-streams');
      this.#open.add(stream);
      try {
        await follow(sink, signal);
      } finally {
        this.#open.delete(stream);
        release?.();
      }
    };
  }
}

/** What the client has seen: the header of a stream that reconnects wins over `after`, and any cursor over `from`. */
function placeOf({ headers }: Request, { searchParams }: URL): { lastEventId?: string } {
  const lastEventId = headers.get('last-event-id') ?? searchParams.get('after');
  return lastEventId === null ? {} : { lastEventId };
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no', // nginx would hold frames back
};
