import { type EventsFrame, type FollowFrame, PerdureError } from '@perdure/protocol';
import { expect } from 'vitest';
import type { ClientHub } from '../hub/client-hub.ts';
import type { Follower } from '../hub/follower.ts';
import type { FollowSource } from '../hub/follow-source.ts';
import type { Clock } from '../session/clock.ts';
import type { SessionKey } from '../store/session-store.ts';
import { ArrayLog, type ArrayLogOptions, type RowDraft } from './array-log.ts';
import { ManualClock } from './manual-clock.ts';

/** A hub with clients, on the wire under test. */
export interface ClientHubSubject {
  readonly hub: ClientHub;
  /** Follows as a client does: the JSON texts of frames. Throws the error that ends the subscription; leaving the loop unfollows. */
  follow(follower: Follower, signal: AbortSignal): AsyncIterable<string>;
  close(): Promise<void> | void;
}

export type OpenClientHub = (options: {
  readonly source: FollowSource;
  readonly clock: Clock;
}) => ClientHubSubject | Promise<ClientHubSubject>;

/** What is due without waiting has happened, as far as this process goes. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

export const headOf = (world: HubWorld, session = 1) => world.log(session).rows.at(-1)?.through ?? 0;

function sourceOf(logs: ReadonlyMap<SessionKey, ArrayLog>): FollowSource {
  const log = (session: SessionKey) => {
    const found = logs.get(session);
    if (found === undefined) throw new PerdureError('session-not-found', `No session ${session}.`);
    return found;
  };
  return {
    read: (session, after, maxBytes) => log(session).read(session, after, maxBytes),
    head: async (session) => log(session).head(),
    epochAt: async (session, seq) => log(session).epochAt(session, seq),
    locate: async (session, place) => log(session).locate(session, place),
    snapshot: async (session) => log(session).snapshot(),
  };
}

export async function openHubWorld(open: OpenClientHub, options: ArrayLogOptions = {}): Promise<HubWorld> {
  const logs = new Map([1, 2].map((session) => [session, new ArrayLog(session, options)]));
  const clock = new ManualClock();
  return new HubWorld(await open({ source: sourceOf(logs), clock }), logs, clock);
}

/** Two sessions, a hub, and clients that come and go. */
export class HubWorld {
  readonly clock: ManualClock;
  readonly #subject: ClientHubSubject;
  readonly #logs: ReadonlyMap<SessionKey, ArrayLog>;
  readonly #readers: HubReader[] = [];

  constructor(subject: ClientHubSubject, logs: ReadonlyMap<SessionKey, ArrayLog>, clock: ManualClock) {
    this.#subject = subject;
    this.#logs = logs;
    this.clock = clock;
    // Written before there was a hub.
    for (const log of logs.values()) log.append({});
  }

  get hub(): ClientHub {
    return this.#subject.hub;
  }

  log(session: SessionKey): ArrayLog {
    const log = this.#logs.get(session);
    if (log === undefined) throw new Error(`No log ${session}.`);
    return log;
  }

  emit(...rows: RowDraft[]): void {
    this.emitTo(1, ...rows);
  }

  emitTo(session: SessionKey, ...rows: RowDraft[]): void {
    this.hub.broadcast(session, this.log(session).append(...rows));
  }

  /** Of session 1, of session 2, of all. */
  counts(): number[] {
    return [this.hub.getClientCount(1), this.hub.getClientCount(2), this.hub.getClientCount()];
  }

  /** Lets what is under way happen, then time pass. */
  async pass(ms: number): Promise<void> {
    for (let turns = 0; turns < 10; turns += 1) await nextTurn();
    this.clock.advance(ms);
  }

  follow(wish: Partial<Follower>, pause?: () => Promise<void>): HubReader {
    const session = wish.session ?? 1;
    const follower: Follower = {
      session,
      sessionId: `session-${session}`,
      principalId: 'ann',
      types: undefined,
      lastEventId: undefined,
      from: 'beginning',
      ...wish,
    };
    const reader = new HubReader((signal) => this.#subject.follow(follower, signal), pause);
    this.#readers.push(reader);
    return reader;
  }

  /** Follows and waits for the first frame. */
  async join(wish: Partial<Follower>, pause?: () => Promise<void>): Promise<HubReader> {
    const reader = this.follow(wish, pause);
    await reader.answered;
    return reader;
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) reader.leave();
    await this.#subject.close();
  }
}

/** A client: reads frames, holds them against the rules that each frame has to keep, and remembers them. */
export class HubReader {
  readonly frames: FollowFrame[] = [];
  readonly texts: string[] = [];
  /** Resolves at the first frame. */
  readonly answered: Promise<void>;
  /** Resolves with the error that ended it, or undefined. */
  readonly ended: Promise<unknown>;
  readonly #leaver = new AbortController();
  readonly #heard = new Set<() => void>();
  #place = 0;

  constructor(
    follow: (signal: AbortSignal) => AsyncIterable<string>,
    pause: (() => Promise<void>) | undefined,
  ) {
    this.answered = this.#until(() => this.frames.length > 0);
    this.ended = this.#read(follow(this.#leaver.signal), pause).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** Texts of the events received. */
  get events(): string[] {
    return this.texts.flatMap((text) => {
      const events = /"events":\[(.*)\],"live":(?:true|false)\}$/s.exec(text)?.[1];
      return events ? events.split(/,\t?(?=\{"seq":)/) : [];
    });
  }

  /** after, through and number of events of each frame of events. */
  get ranges(): number[][] {
    return this.frames
      .filter((frame): frame is EventsFrame => frame.kind === 'events')
      .map(({ after, through, events }) => [after, through, events.length]);
  }

  /** Waits until it has been told of a place. */
  reach(seq: number): Promise<void> {
    return this.#until(() => this.#place >= seq);
  }

  leave(): void {
    this.#leaver.abort();
  }

  async #read(frames: AsyncIterable<string>, pause: (() => Promise<void>) | undefined): Promise<void> {
    for await (const text of frames) {
      const frame: FollowFrame = JSON.parse(text);
      const seq = Number(frame.cursor.split('.')[1]);
      if (frame.kind === 'events') {
        const isFirst = this.frames.length === 0;
        if (!isFirst) expect(frame.after, 'frames adjoin').toBe(this.#place);
        if (!isFirst) expect(frame.through, 'frames move').toBeGreaterThan(frame.after);
        expect(seq).toBe(frame.through);
      } else if (frame.reason === 'retention') expect(seq, 'a snapshot moves').toBeGreaterThan(this.#place);
      else expect(this.frames, 'a snapshot comes first').toEqual([]);
      this.#place = seq;
      this.texts.push(text);
      this.frames.push(frame);
      for (const heard of this.#heard) heard();
      await pause?.();
    }
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const heard = () => {
        if (!holds()) return;
        this.#heard.delete(heard);
        resolve();
      };
      this.#heard.add(heard);
      heard();
    });
  }
}
