import type { AnyEvent, FollowFrame, SessionState } from '@perdure/protocol';
import { errorTable, isErrorCode } from '@perdure/protocol';
import { type Follower, FollowerRecord, type Stretch, type Wish } from './follower-record.ts';

export interface PlainReaderOptions {
  readonly name: string;
  /** Asked before each try: a server may come back elsewhere. */
  readonly url: () => string;
  readonly sessionId: string;
  readonly token: string;
  readonly wish: Wish;
  readonly onEvent?: (event: AnyEvent) => void;
  /** Something came. */
  readonly tell: () => void;
}

/** Long enough not to keep a server busy that starts, short enough not to be waited for. */
const RETRY_MS = 20;

/**
 * Follows a session as any program would that knows the wire alone: an event stream by `fetch`, opened again with the last
 * id whenever it breaks. It sees each frame as it came, and so every rule of frames is held here.
 */
export class PlainReader implements Follower {
  readonly name: string;
  readonly wish: Wish;
  /** Of every frame that came. */
  readonly cursors: string[] = [];
  readonly #options: PlainReaderOptions;
  readonly #record = new FollowerRecord();
  readonly #left = new AbortController();
  readonly #reading: Promise<void>;
  #cursor: string | undefined;
  #place: number | undefined;
  #end: string | undefined;

  constructor(options: PlainReaderOptions) {
    this.#options = options;
    this.name = options.name;
    this.wish = options.wish;
    this.#cursor = options.wish.cursor;
    this.#reading = this.#read();
  }

  get stretches(): readonly Stretch[] {
    return this.#record.stretches;
  }

  get end(): string | undefined {
    return this.#end;
  }

  get wrong(): string | undefined {
    return this.#record.wrong;
  }

  isAt(seq: number): boolean | undefined {
    if (this.wish.types !== undefined) return undefined;
    return this.#place !== undefined && this.#place >= seq;
  }

  state(): SessionState | undefined {
    return undefined;
  }

  async leave(): Promise<void> {
    this.#end ??= 'left';
    this.#left.abort();
    await this.#reading;
  }

  async #read(): Promise<void> {
    while (this.#end === undefined) {
      // Whatever broke it: it comes back.
      await this.#open().catch((error: unknown) => {
        if (!(error instanceof TypeError) && !this.#left.signal.aborted) this.#record.fault(String(error));
      });
      this.#options.tell();
      if (this.#end === undefined) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #open(): Promise<void> {
    const { url, sessionId, token, wish } = this.#options;
    const query = new URLSearchParams((wish.types ?? []).map((type) => ['types', type]));
    if (this.#cursor === undefined) query.set('from', wish.from);
    const response = await fetch(`${url()}/v1/sessions/${sessionId}/events?${query}`, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${token}`,
        ...(this.#cursor === undefined ? {} : { 'last-event-id': this.#cursor }),
      },
      signal: this.#left.signal,
    });
    if (!response.ok || response.body === null) {
      this.#refused(await response.text());
      return;
    }
    let rest = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) this.#takeEvent(fieldsOf(part));
      this.#options.tell();
      if (this.#end !== undefined) return;
    }
  }

  #takeEvent({ id, event, data }: Record<string, string>): void {
    if (data === undefined) return;
    if (event === 'error') {
      this.#refused(data);
      return;
    }
    const frame: FollowFrame = JSON.parse(data);
    if (id !== frame.cursor) this.#record.fault(`a frame of ${frame.cursor} had the id ${id}`);
    if (frame.kind === 'snapshot') this.#takeSnapshot(frame);
    else this.#takeEvents(frame);
    this.#cursor = frame.cursor;
    this.cursors.push(frame.cursor);
  }

  #takeSnapshot({ cursor, reason, state }: Extract<FollowFrame, { kind: 'snapshot' }>): void {
    this.#place = seqOf(cursor);
    this.#record.begin({ start: this.#place, reason, state });
  }

  #takeEvents({ cursor, after, through, events }: Extract<FollowFrame, { kind: 'events' }>): void {
    const { types } = this.wish;
    if (this.#record.last === undefined) {
      const asked = this.#cursor === undefined ? (this.wish.from === 'now' ? after : 0) : seqOf(this.#cursor);
      if (after !== asked)
        this.#record.fault(`asked to begin after ${asked}, the first frame came after ${after}`);
      this.#record.begin({ start: after, reason: undefined });
    } else if (after !== this.#place) {
      this.#record.fault(`a frame after ${after} came at ${this.#place}`);
    }
    if (seqOf(cursor) !== through) this.#record.fault(`the cursor ${cursor} is not the place ${through}`);
    for (const event of events) {
      if (event.seq <= after || event.seq > through)
        this.#record.fault(`event ${event.seq} came in a frame of ${after} to ${through}`);
      if (types !== undefined && !types.includes(event.type))
        this.#record.fault(`${event.type} was not asked for`);
      this.#record.add(event);
      this.#options.onEvent?.(event);
    }
    this.#place = through;
  }

  #refused(text: string): void {
    const code: unknown = JSON.parse(text).error?.code;
    if (!isErrorCode(code)) this.#record.fault(`a refusal without a code: ${text}`);
    else if (errorTable[code].retry !== 'same-id') this.#end = code;
  }
}

const seqOf = (cursor: string) => Number(cursor.split('.')[1]);

function fieldsOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => !line.startsWith(':'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
}
