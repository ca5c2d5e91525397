import { type SessionState as State, windowSessionState } from '@perdure/protocol';

/**
 * Raised whenever the fold or the shape of the state changes, so that an older snapshot is not taken for a current one. With it
 * comes a step in `stateMigrations`: where the beginning of a log is not kept, the older snapshot is all there is.
 */
export const STATE_VERSION = 2;

/** Blocks of a conversation in memory before it is cut back to a snapshot's: cutting now and then is cheaper than always. */
const WINDOW_SLACK = 100;

/** A session's state at a place of its log, as JSON can hold it. */
export interface StateSnapshot {
  readonly stateVersion: number;
  readonly through: number;
  readonly state: State;
}

/**
 * The fold of the committed log, and where it stands.
 *
 * T1. It changes only by `advance`, with what is durable.
 * T2. `fromSnapshot(toSnapshot())` equals it, and a snapshot is JSON.
 */
export class SessionState {
  #state: State;
  #through: number;

  constructor(state: State, through: number) {
    this.#state = state;
    this.#through = through;
  }

  static fromSnapshot(snapshot: StateSnapshot): SessionState {
    return new SessionState(snapshot.state, snapshot.through);
  }

  get current(): State {
    return this.#state;
  }

  /** Place of the last event it holds. */
  get through(): number {
    return this.#through;
  }

  advance(state: State, through: number): void {
    const isLong = Object.values(state.conversations).some(({ blocks }) => blocks.length > WINDOW_SLACK);
    this.#state = isLong ? windowSessionState(state) : state;
    this.#through = through;
  }

  toSnapshot(): StateSnapshot {
    return { stateVersion: STATE_VERSION, through: this.#through, state: windowSessionState(this.#state) };
  }
}
