import {
  type Cursor,
  type FollowFrame,
  type FollowInput,
  ORIGIN,
  PerdureError,
  parseCursor,
} from '@perdure/protocol';
import type { FollowTask } from '../connection/follow-connection.ts';
import type { LogEvent } from '../log-event.ts';
import type { EventsOptions, Unsubscribe } from '../perdure-client.ts';

// R1. Each event is handed out once, in order, from the place on: what is at or before the place is dropped.
// R2. Nothing is left out in silence: where the log cannot be read on from the place, reading ends with an error.
// R3. What waits to be read has a bound: beyond it the subscription ends, and goes on from its place when all was read.

/** At 32 KiB a frame: half a megabyte. */
const MOST_FRAMES = 16;
const MOST_GAPS = 2;

export type Follow = (task: FollowTask) => Unsubscribe;

/** Reads the log of a session for as long as it is asked for, and across every reconnect. */
export async function* readEvents(
  follow: Follow,
  sessionId: string,
  { after, types, signal }: EventsOptions,
): AsyncGenerator<LogEvent, void, undefined> {
  if (signal?.aborted) return;
  const reader = new EventReader(follow, { sessionId, types: types && [...types] }, after);
  const stop = () => reader.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const events = await reader.read();
      if (events === undefined) return;
      for (const event of events) {
        yield event;
        if (signal?.aborted) return;
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    reader.close();
  }
}

class EventReader implements FollowTask {
  readonly #follow: Follow;
  readonly #subject: Pick<FollowInput, 'sessionId' | 'types'>;
  /** Without one, the beginning. */
  #cursor: Cursor | undefined;
  #frames: LogEvent[][] = [];
  #gaps = 0;
  #unfollow: Unsubscribe | undefined;
  /** Wakes whoever waits for events. */
  #wake: (() => void) | undefined;
  #isClosed = false;
  #failure: PerdureError | undefined;

  constructor(follow: Follow, subject: Pick<FollowInput, 'sessionId' | 'types'>, after: Cursor | undefined) {
    this.#follow = follow;
    this.#subject = subject;
    this.#cursor = after;
    if (after !== undefined && parseCursor(after) === undefined)
      this.#fail(lost('malformed', 'The cursor is not one.'));
  }

  /** The events of the next frame; `undefined` after `close`. Rejects with what ended the reading. */
  async read(): Promise<readonly LogEvent[] | undefined> {
    for (;;) {
      const next = this.#frames.shift();
      if (next !== undefined) return next;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isClosed) return undefined;
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#resume();
      await woken;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#frames = [];
    this.#pause();
    this.#wake?.();
  }

  input(): FollowInput {
    if (this.#cursor === undefined) return { ...this.#subject, from: 'beginning' };
    return { ...this.#subject, lastEventId: this.#cursor };
  }

  onFrame(frame: FollowFrame): 'next' | 'again' {
    if (frame.kind === 'snapshot') {
      this.#fail(lost(frame.reason, 'The log cannot be read on from the cursor.')); // R2
      return 'next';
    }
    const place = parseCursor(this.#cursor ?? ORIGIN)?.seq ?? 0;
    if (frame.after > place) {
      this.#gaps += 1;
      if (this.#gaps > MOST_GAPS) this.#fail(lost('gap', 'The server leaves events out.')); // R2
      return 'again';
    }
    this.#gaps = 0;
    if (frame.through > place) this.#cursor = frame.cursor as Cursor;
    const events = frame.events.filter(({ seq }) => seq > place && seq <= frame.through); // R1
    if (events.length === 0) return 'next';
    this.#frames.push(events as LogEvent[]);
    if (this.#frames.length >= MOST_FRAMES) this.#pause(); // R3
    this.#wake?.();
    return 'next';
  }

  onAway(error: PerdureError | undefined): void {
    if (error !== undefined) this.#fail(error);
  }

  onEnd(error: PerdureError): void {
    this.#fail(error);
  }

  #resume(): void {
    if (this.#unfollow !== undefined) return;
    let isOver = false;
    this.#unfollow = () => {
      isOver = true;
    };
    const unfollow = this.#follow(this);
    // It may have failed before it began.
    if (isOver) unfollow();
    else this.#unfollow = unfollow;
  }

  #pause(): void {
    this.#unfollow?.();
    this.#unfollow = undefined;
  }

  #fail(error: PerdureError): void {
    this.#failure ??= error;
    this.#pause();
    this.#wake?.();
  }
}

function lost(reason: string, why: string): PerdureError {
  return new PerdureError(
    'invalid-cursor',
    `${why} Read the state of the session instead, and go on from its cursor.`,
    { details: { reason } },
  );
}
