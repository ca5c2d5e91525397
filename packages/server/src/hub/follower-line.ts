// L1. One thing at a time: while a start, a read or a drain is under way, a new head is only noted.
// L2. However it ends, the listener, the timer and the wait for room end with it, once.
import type { Clock } from '../session/clock.ts';
import type { FrameSink, FrameText } from './client-hub.ts';
import type { Follower } from './follower.ts';
import { type FollowerState, followerAt } from './follower-state.ts';
import { type PumpPorts, pumpFollower } from './pump-follower.ts';
import { spliceSnapshotFrame } from './splice-frame.ts';
import type { Start } from './start-follower.ts';

export interface FollowerLineOptions {
  readonly follower: Follower;
  readonly sink: FrameSink;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** After so long without a frame an empty one moves the cursor over what was skipped. */
  readonly idleMs: number;
  readonly ports: Pick<PumpPorts, 'read' | 'epochAt' | 'maxFrameBytes' | 'idleSeqs'>;
  /** Where to go on once the log is not kept from its place on. */
  readonly startOver: (floor: number) => Promise<Start>;
  readonly onEnded: (error: unknown) => void;
  /** It has been handed all there is for it, for now. */
  readonly onSettled: () => void;
}

/** A follower while it is connected: its place, its sink, and what has to be let go of when it leaves. */
export class FollowerLine {
  readonly #state: FollowerState;
  readonly #options: FollowerLineOptions;
  readonly #ports: PumpPorts;
  /** Until it is known where to begin. */
  #isBusy = true;
  /** Lives as long as a wait for room. */
  #waiting: AbortController | undefined;
  #stopIdleTimer: (() => void) | undefined;

  constructor(options: FollowerLineOptions) {
    const { session, types } = options.follower;
    this.#options = options;
    this.#state = followerAt({ session, types, place: { epoch: 0, seq: 0 } });
    this.#ports = {
      ...options.ports,
      send: (frame) => this.#send(frame),
      room: () => this.#room(),
      startOver: async (floor) => this.#moveTo(await options.startOver(floor)),
    };
    options.signal.addEventListener('abort', this.#leave, { once: true });
  }

  /** Whether it has been handed all there is for it, and its sink has taken it. */
  get isSettled(): boolean {
    const { hasEnded, isFull, isLive, examined, head } = this.#state;
    return hasEnded || (!this.#isBusy && !isFull && isLive && examined.seq >= head);
  }

  begin(start: Start | Promise<Start>): void {
    if (start instanceof Promise) {
      start.then((late) => this.#begin(late)).catch((error: unknown) => this.end(error));
    } else this.#begin(start);
  }

  /** The log has grown. */
  advance(head: number): void {
    this.#state.head = Math.max(this.#state.head, head);
    this.#pump();
  }

  end(error?: unknown): void {
    if (this.#state.hasEnded) return;
    this.#state.hasEnded = true;
    this.#options.signal.removeEventListener('abort', this.#leave);
    this.#cancelIdleTimer();
    this.#waiting?.abort();
    this.#waiting = undefined;
    this.#options.onEnded(error);
  }

  readonly #leave = () => this.end();

  #begin(start: Start): void {
    this.#moveTo(start);
    this.#isBusy = false;
    this.#pump();
  }

  #moveTo({ place, head, snapshot }: Start): void {
    const state = this.#state;
    if (state.hasEnded) return;
    state.told = place;
    state.examined = place;
    state.head = Math.max(state.head, head);
    if (snapshot === undefined) return;
    state.isLive = place.seq >= state.head;
    state.isFull = !this.#send(spliceSnapshotFrame({ place, ...snapshot, live: state.isLive }));
  }

  #pump(): void {
    if (this.#isBusy || this.#state.hasEnded) return;
    this.#isBusy = true;
    try {
      const wait = pumpFollower(this.#state, this.#ports);
      if (wait !== undefined) {
        wait.then(this.#goOn, (error: unknown) => this.end(error));
        return;
      }
    } catch (error) {
      this.end(error);
    }
    this.#isBusy = false;
    this.#watchIdle();
    if (this.isSettled) this.#options.onSettled();
  }

  readonly #goOn = () => {
    this.#isBusy = false;
    this.#pump();
  };

  /** A sink that throws ends its own follower. */
  #send(frame: FrameText): boolean {
    if (this.#state.hasEnded) return false;
    this.#cancelIdleTimer();
    try {
      return this.#options.sink.send(frame);
    } catch (error) {
      this.end(error);
      return false;
    }
  }

  async #room(): Promise<void> {
    this.#waiting = new AbortController();
    await this.#options.sink.drained(this.#waiting.signal);
    this.#waiting = undefined;
  }

  #watchIdle(): void {
    const { hasEnded, told, examined } = this.#state;
    if (hasEnded || examined.seq === told.seq || this.#stopIdleTimer !== undefined) return;
    this.#stopIdleTimer = this.#options.clock.timer(this.#options.idleMs, () => {
      this.#stopIdleTimer = undefined;
      this.#state.isIdleDue = true;
      this.#pump();
    });
  }

  #cancelIdleTimer(): void {
    this.#stopIdleTimer?.();
    this.#stopIdleTimer = undefined;
  }
}
