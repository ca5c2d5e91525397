import { type ClientSession, isPerdureError } from '@perdure/client';
import type { AnyEvent, Cursor, SessionState } from '@perdure/protocol';
import { type Follower, FollowerRecord, type Stretch, type Wish } from './follower-record.ts';

/** Follows by the SDK's `events()`. */
export class EventsFollower implements Follower {
  readonly name: string;
  readonly wish: Wish;
  readonly #record = new FollowerRecord();
  readonly #left = new AbortController();
  readonly #reading: Promise<void>;
  #end: string | undefined;

  constructor(options: { name: string; session: ClientSession; wish: Wish; tell: () => void }) {
    const { name, session, wish, tell } = options;
    this.name = name;
    this.wish = wish;
    const start = wish.cursor === undefined ? 0 : Number(wish.cursor.split('.')[1]);
    this.#record.begin({ start, reason: undefined });
    this.#reading = this.#read(session, tell);
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
    const { start = 0, events } = this.#record.last ?? { events: [] };
    return (events.at(-1)?.seq ?? start) >= seq;
  }

  state(): SessionState | undefined {
    return undefined;
  }

  async leave(): Promise<void> {
    this.#end ??= 'left';
    this.#left.abort();
    await this.#reading;
  }

  async #read(session: ClientSession, tell: () => void): Promise<void> {
    const { cursor, types } = this.wish;
    const { signal } = this.#left;
    try {
      for await (const event of session.events({ after: cursor as Cursor | undefined, types, signal })) {
        if (types !== undefined && !types.includes(event.type))
          this.#record.fault(`${event.type} was not asked for`);
        this.#record.add(event as AnyEvent);
        tell();
      }
      this.#end ??= 'left';
    } catch (error) {
      this.#end ??= isPerdureError(error) ? error.code : String(error);
    }
    tell();
  }
}
