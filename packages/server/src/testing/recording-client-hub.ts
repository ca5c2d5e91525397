import type { PerdureError } from '@perdure/protocol';
import type { Advance, ClientHub, FrameSink } from '../hub/client-hub.ts';
import type { Follower } from '../hub/follower.ts';
import { splitEvents } from '../session/row-body.ts';
import type { SessionKey } from '../store/session-store.ts';

/** An event that was broadcast, parsed. */
export interface RecordedEvent {
  readonly seq: number;
  readonly type: string;
  readonly payload: unknown;
  readonly [field: string]: unknown;
}

export interface RecordedBroadcast extends Advance {
  readonly session: SessionKey;
  readonly events: readonly RecordedEvent[];
}

/** A hub without clients, for tests of what broadcasts: it keeps what it is told, and its client counts are set by the test. */
export class RecordingClientHub implements ClientHub {
  readonly broadcasts: RecordedBroadcast[] = [];
  readonly ended: { readonly session: SessionKey; readonly error: PerdureError }[] = [];
  readonly follows: Follower[] = [];
  readonly #counts = new Map<SessionKey, number>();
  readonly #endings = new Map<SessionKey, Set<(error: PerdureError) => void>>();
  readonly #heard = new Set<() => void>();

  broadcast(session: SessionKey, advance: Advance): void {
    const events = advance.rows.flatMap(({ body }) =>
      body === null ? [] : splitEvents(body).map((text): RecordedEvent => JSON.parse(text)),
    );
    this.broadcasts.push({ ...advance, session, events });
    for (const heard of [...this.#heard]) heard();
  }

  /** Events told of a session; without one, of all, in the order in which they were told. */
  events(session?: SessionKey): readonly RecordedEvent[] {
    return this.broadcasts
      .filter((broadcast) => session === undefined || broadcast.session === session)
      .flatMap(({ events }) => events);
  }

  eventsOfType(type: string, session?: SessionKey): readonly RecordedEvent[] {
    return this.events(session).filter((event) => event.type === type);
  }

  /** Resolves when something holds of what was told, looked at after each broadcast. */
  until(holds: (hub: this) => boolean): Promise<this> {
    return new Promise((resolve) => {
      const heard = () => {
        if (!holds(this)) return;
        this.#heard.delete(heard);
        resolve(this);
      };
      this.#heard.add(heard);
      heard();
    });
  }

  clear(): void {
    this.broadcasts.length = 0;
  }

  setClientCount(session: SessionKey, count: number): void {
    this.#counts.set(session, count);
  }

  getClientCount(session?: SessionKey): number {
    if (session !== undefined) return this.#counts.get(session) ?? 0;
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Sends nothing; resolves and rejects as a hub does. */
  follow(follower: Follower, _sink: FrameSink, signal: AbortSignal): Promise<void> {
    this.follows.push(follower);
    const { session } = follower;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return resolve();
      const endings = this.#endings.get(session) ?? new Set();
      this.#endings.set(session, endings);
      const forget = () => {
        signal.removeEventListener('abort', leave);
        endings.delete(fail);
      };
      const leave = () => {
        forget();
        resolve();
      };
      const fail = (error: PerdureError) => {
        forget();
        reject(error);
      };
      endings.add(fail);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  end(session: SessionKey, error: PerdureError): void {
    this.ended.push({ session, error });
    for (const fail of this.#endings.get(session) ?? []) fail(error);
    this.#endings.delete(session);
  }
}
