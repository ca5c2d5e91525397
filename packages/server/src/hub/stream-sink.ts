// The stream has no queue of its own: each pull gives one slice, so each pull is progress. Between two of them a slow link
// moves what lies before it, in the response and the kernel: that is progress, too.
import type { Clock } from '../session/clock.ts';
import type { FrameSink, FrameText } from './client-hub.ts';
import { StallError } from './stall-error.ts';

export interface StreamSinkOptions {
  readonly clock: Clock;
  readonly retryMs: number;
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly onStalled?: (() => void) | undefined;
  readonly unsentBytes?: (() => number | undefined) | undefined;
  /** The reader has gone. */
  readonly onCancelled?: (() => void) | undefined;
}

/** What a link of 20 kB/s takes in less than a second. */
const sliceBytes = 16_384;

/** How often a stream that is not pulled is looked at. */
const checkMs = 1_000;

/** A sink that writes frames as server-sent events into a web stream. */
export class StreamSink implements FrameSink {
  readonly body: ReadableStream<Uint8Array>;
  /** Resolves with the first frame that was sent. */
  readonly first: Promise<FrameText>;
  readonly #options: StreamSinkOptions;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #tellFirst: ((frame: FrameText) => void) | undefined;
  /** What is still to be read. */
  #rest: Uint8Array;
  /** The reader waits. */
  #pulled: (() => void) | undefined;
  #drained: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  #stopHeartbeat: (() => void) | undefined;
  #stopStall: (() => void) | undefined;
  #isEnding = false;
  #hasEnded = false;

  constructor(options: StreamSinkOptions) {
    this.#options = options;
    this.#rest = this.#encoder.encode(`retry: ${options.retryMs}\n\n`);
    this.first = new Promise((resolve) => {
      this.#tellFirst = resolve;
    });
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#stop();
          options.onCancelled?.();
        },
      },
      { highWaterMark: 0 },
    );
    this.#beat();
  }

  send(frame: FrameText): boolean {
    if (this.#hasEnded || this.#isEnding) return false;
    this.#tellFirst?.(frame);
    this.#tellFirst = undefined;
    this.#write(eventOf(frame));
    return this.#rest.length === 0;
  }

  drained(signal: AbortSignal): Promise<void> {
    if (this.#rest.length === 0 || this.#hasEnded) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#drained = undefined;
        signal.removeEventListener('abort', stop);
      };
      const stop = () => {
        settle();
        resolve();
      };
      this.#drained = {
        resolve: stop,
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** Ends the body with an `error` event, once it has been read. */
  fail(error: unknown, errorText: (error: unknown) => string): void {
    if (this.#hasEnded) return;
    this.#isEnding = true;
    this.#write(`event: error\ndata: ${errorText(error)}\n\n`);
  }

  /** Ends the body where it is. A part of an event at the end of a stream is none: the client resumes before it. */
  cut(): void {
    if (this.#hasEnded) return;
    this.#stop();
    this.#controller?.close();
  }

  #write(text: string): void {
    if (this.#hasEnded) return;
    const bytes = this.#encoder.encode(text);
    if (this.#rest.length === 0) this.#rest = bytes;
    else {
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      this.#rest = joined;
    }
    if (this.#pulled !== undefined) this.#give();
    else this.#watchStall();
  }

  /** Called by the stream when its reader wants more; it calls again once the promise has resolved. */
  #pull(): Promise<void> {
    return new Promise((resolve) => {
      this.#pulled = resolve;
      if (this.#rest.length > 0) this.#give();
    });
  }

  #give(): void {
    const slice = this.#rest.subarray(0, sliceBytes);
    this.#rest = this.#rest.subarray(slice.length);
    this.#stopStall?.();
    this.#stopStall = undefined;
    const pulled = this.#pulled;
    this.#pulled = undefined;
    this.#controller?.enqueue(slice);
    pulled?.();
    if (this.#rest.length > 0) this.#watchStall();
    else {
      this.#drained?.resolve();
      if (this.#isEnding) this.cut();
    }
  }

  #watchStall(): void {
    if (this.#stopStall !== undefined || this.#hasEnded) return;
    const { clock, stallMs, unsentBytes } = this.#options;
    let movedAtMs = clock.monotonic();
    let unsent = unsentBytes?.();
    const check = () => {
      const nowMs = clock.monotonic();
      const left = unsentBytes?.();
      if (left !== unsent) movedAtMs = nowMs;
      unsent = left;
      if (nowMs - movedAtMs >= stallMs) this.#giveUp();
      else this.#stopStall = clock.timer(Math.min(checkMs, stallMs), check);
    };
    this.#stopStall = clock.timer(Math.min(checkMs, stallMs), check);
  }

  #giveUp(): void {
    this.#drained?.reject(new StallError(this.#options.stallMs));
    this.cut();
    this.#options.onStalled?.();
  }

  /** Says something when there is nothing to say, as long as the reader waits. */
  #beat(): void {
    this.#stopHeartbeat = this.#options.clock.timer(this.#options.heartbeatMs, () => {
      if (this.#pulled !== undefined && this.#rest.length === 0) this.#write(':\n\n');
      this.#beat();
    });
  }

  #stop(): void {
    this.#hasEnded = true;
    this.#rest = new Uint8Array();
    this.#stopHeartbeat?.();
    this.#stopStall?.();
    this.#drained?.resolve();
    this.#pulled?.();
    this.#pulled = undefined;
  }
}

/** A frame as an event of a stream. */
export function eventOf({ cursor, json }: FrameText): string {
  return `id: ${cursor}\ndata: ${json}\n\n`;
}
