// B1. At most one frame is held; the reader gets it in slices, so that a slow link shows progress within a frame.
// B2. A frame stays one `data:` line: neither JSON.stringify nor the separators of rows write a raw line end.
// B3. However it ends, its timers and listeners end with it.
import type { Clock } from '../session/clock.ts';
import type { FollowInto } from './follower-stream.ts';
import { StreamSink } from './stream-sink.ts';

export interface EventStreamOptions {
  readonly follow: FollowInto;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** `data:` of the `event: error` that ends a stream after its first frame, as JSON text on one line. */
  readonly errorText: (error: unknown) => string;
  /** Told when the stream ends because nobody read it: whoever owns the socket cuts it. */
  readonly onStalled?: (() => void) | undefined;
  /** A number that changes as bytes leave on their way to the reader, where something knows it. */
  readonly unsentBytes?: (() => number | undefined) | undefined;
  /** What the client is to wait before it comes back. */
  readonly retryMs?: number | undefined;
  /** Proxies end a response that says nothing for 30 s or more. */
  readonly heartbeatMs?: number | undefined;
  readonly stallMs?: number | undefined;
}

/**
 * The body of a `text/event-stream` answer that follows a session. Resolves with the first frame, so that a refusal
 * can still be an answer of its own: it rejects with what refused.
 */
export async function openEventStreamBody(options: EventStreamOptions): Promise<ReadableStream<Uint8Array>> {
  const { follow, signal, clock, errorText } = options;
  signal.throwIfAborted();
  const left = new AbortController();
  const leave = () => left.abort();
  signal.addEventListener('abort', leave, { once: true });
  const sink = new StreamSink({
    clock,
    retryMs: options.retryMs ?? 1_000,
    heartbeatMs: options.heartbeatMs ?? 15_000,
    stallMs: options.stallMs ?? 10_000,
    onStalled: options.onStalled,
    unsentBytes: options.unsentBytes,
    onCancelled: leave,
  });
  const following = follow(sink, left.signal).finally(() => signal.removeEventListener('abort', leave));
  try {
    const first = await Promise.race([sink.first, following]);
    if (first === undefined) throw signal.reason ?? new DOMException('Nothing was followed.', 'AbortError');
  } catch (error) {
    leave();
    sink.cut();
    throw error;
  }
  following.then(
    // The hub ends a stream without an error only when its reader has gone.
    () => sink.cut(),
    (error: unknown) => sink.fail(error, errorText),
  );
  return sink.body;
}
