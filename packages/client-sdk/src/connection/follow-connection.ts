import { type FollowFrame, type FollowInput, isPerdureError, type PerdureError } from '@perdure/protocol';
import type { ClientClock } from '../client-clock.ts';
import type { Connection, ConnectionState, Unsubscribe } from '../perdure-client.ts';
import { unreachable } from '../unreachable.ts';
import {
  type ConnectionEffect,
  type ConnectionInput,
  type ConnectionModel,
  initialConnection,
  stepConnection,
  type Transport,
} from './connection-machine.ts';
import { connectionStateOf, isSameState } from './connection-state-of.ts';
import { createFollow, type Follow } from './follow.ts';
import type { FollowLink, LinkEvents } from './follow-link.ts';
import { fullJitter } from './full-jitter.ts';

// I1. A link that was replaced changes nothing: whatever it still tells is dropped.
// I2. Every follow is on the one link or waits for the next; it is asked for its place each time it is opened.

/** What follows a session. The connection opens it again and again, from the place it then names, until it is over. */
export interface FollowTask {
  /** Where to go on. */
  input(): FollowInput;
  /** `again`: end this subscription and open it anew from `input()`. */
  onFrame(frame: FollowFrame): 'next' | 'again';
  /** No frames come now. With an error: none will come until someone asks for a new connection, or until what it names is over. */
  onAway(error: PerdureError | undefined): void;
  /** It is over for good. */
  onEnd(error: PerdureError): void;
}

export interface FollowConnectionOptions {
  readonly preferred: Transport;
  readonly clock: ClientClock;
  openLink(transport: Transport, token: string | undefined, events: LinkEvents): Promise<FollowLink>;
  /** Asks for the credential anew. */
  renewToken(): Promise<string | undefined>;
  /** Whether the server answers over HTTP. */
  isReachable(signal: AbortSignal): Promise<boolean>;
}

/** From the start of an attempt to the server's first answer. */
const HANDSHAKE_MS = 10_000;
/** A WebSocket that has not opened by then may be held up by a proxy; with what follows, streams are live within 10 s. */
const HANGING_MS = 4_000;
/** A page that goes from one session to the next keeps its connection. */
const LINGER_MS = 1_000;

/** The one connection of a client, with all that it follows. */
export class FollowConnection implements Connection {
  readonly #options: FollowConnectionOptions;
  readonly #follows = new Set<Follow>();
  readonly #listeners = new Set<() => void>();
  #model: ConnectionModel;
  #state: ConnectionState;
  /** Ends what belongs to the phase: its link, timers and probe. */
  #phase = new AbortController();
  #link: FollowLink | undefined;
  #lingering: (() => void) | undefined;

  constructor(options: FollowConnectionOptions) {
    this.#options = options;
    this.#model = initialConnection(options.preferred);
    this.#state = connectionStateOf(this.#model, 'connecting');
  }

  get(): ConnectionState {
    return this.#state;
  }

  subscribe(listener: () => void): Unsubscribe {
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  reconnect(): void {
    this.#take({ type: 'renewed' });
  }

  /** Something outside says that it is worth trying now. */
  wake(isNetwork: boolean): void {
    this.#take({ type: 'woken', isNetwork });
    if (this.#link !== undefined) for (const follow of [...this.#follows]) follow.retryNow();
  }

  follow(task: FollowTask): Unsubscribe {
    const follow: Follow = createFollow(task, this.#options.clock, {
      endsLink: (error) => this.#take({ type: 'lost', error }),
      over: () => this.#remove(follow),
    });
    this.#follows.add(follow);
    this.#lingering?.();
    this.#lingering = undefined;
    if (!this.#model.isWanted) this.#take({ type: 'wanted' });
    if (this.#link !== undefined) follow.openOn(this.#link);
    else if (this.#model.phase === 'failed' || this.#model.phase === 'ended') follow.away(this.#reason());
    return () => {
      follow.close();
      this.#remove(follow);
    };
  }

  close(): void {
    this.#take({ type: 'ended' });
    for (const follow of [...this.#follows]) follow.close();
    this.#follows.clear();
    this.#listeners.clear();
    this.#lingering?.();
  }

  #remove(follow: Follow): void {
    if (!this.#follows.delete(follow) || this.#follows.size > 0) return;
    this.#lingering?.();
    this.#lingering = this.#options.clock.after(LINGER_MS, () => this.#take({ type: 'unwanted' }));
  }

  #take(input: ConnectionInput): void {
    const { model, effects } = stepConnection(this.#model, input);
    this.#model = model;
    for (const effect of effects) this.#run(effect);
    this.#publish();
  }

  #run(effect: ConnectionEffect): void {
    if (effect === 'probe') {
      void this.#probe(false);
      return;
    }
    this.#leave();
    if (effect === 'open') void this.#open();
    if (effect === 'wait') {
      const delay = fullJitter(this.#model.attempts, this.#options.clock.random);
      this.#later(delay, () => this.#take({ type: 'due' }));
    }
  }

  /** Ends the link and the timers of the phase that is over. */
  #leave(): void {
    this.#phase.abort();
    this.#phase = new AbortController();
    this.#link?.close();
    this.#link = undefined;
    const reason = this.#reason();
    for (const follow of [...this.#follows]) follow.away(reason);
  }

  #reason(): PerdureError | undefined {
    const { phase, error } = this.#model;
    if (phase === 'ended') return unreachable('The client was closed.');
    return phase === 'failed' ? error : undefined;
  }

  async #open(): Promise<void> {
    const { signal } = this.#phase;
    const { openLink, renewToken } = this.#options;
    const { transport } = this.#model;
    const lost = (error: PerdureError, isMute?: boolean) => {
      if (!signal.aborted) this.#take({ type: 'lost', error, isMute }); // I1
    };
    const accepted = () => {
      if (!signal.aborted) this.#take({ type: 'accepted' });
    };
    const whileOpening = (ms: number, run: () => void) =>
      this.#later(ms, () => {
        if (this.#model.phase === 'opening') run();
      });
    whileOpening(HANDSHAKE_MS, () => lost(unreachable('The server did not answer in time.')));
    if (transport === 'websocket') whileOpening(HANGING_MS, () => void this.#probe(true));
    try {
      const token = await renewToken();
      if (signal.aborted) return;
      const link = await openLink(transport, token, { accepted, lost });
      if (signal.aborted) return link.close();
      this.#link = link;
      for (const follow of [...this.#follows]) follow.openOn(link); // I2
    } catch (error) {
      lost(isPerdureError(error) ? error : unreachable(String(error), error));
    }
  }

  async #probe(isHanging: boolean): Promise<void> {
    const { signal } = this.#phase;
    const isReachable = await this.#options.isReachable(signal).catch(() => false);
    if (isReachable && !signal.aborted) this.#take({ type: 'blocked', isHanging });
  }

  /** A timer that the end of the phase calls off. */
  #later(ms: number, run: () => void): void {
    const callOff = this.#options.clock.after(ms, run);
    this.#phase.signal.addEventListener('abort', callOff, { once: true });
  }

  #publish(): void {
    const state = connectionStateOf(this.#model, this.#state.status);
    if (isSameState(state, this.#state)) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
