import {
  type Block,
  type BlocksInput,
  type FollowFrame,
  type FollowInput,
  MAIN_CONVERSATION,
  type Page,
  type PerdureError,
  type SessionState,
} from '@perdure/protocol';
import { abortable } from '../abortable.ts';
import type { ClientClock } from '../client-clock.ts';
import type { FollowTask } from '../connection/follow-connection.ts';
import { loaded } from '../loaded.ts';
import type { ToldEvent } from '../log-event.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { CallOptions, SessionView, Unsubscribe } from '../perdure-client.ts';
import * as session from './session-store.ts';

// L1. However many look at a session, it has one subscription, and none when nobody does.
// L2. Listeners are told at most once for all that happens before the running code has ended, and never while it runs.

export interface FollowedSessionOptions {
  readonly id: string;
  readonly clock: ClientClock;
  readonly keepBlocks: number;
  follow(task: FollowTask): Unsubscribe;
  blocks(input: BlocksInput, options: CallOptions): Promise<Page<Block>>;
}

/** One session as this client sees it, for all who look at it. */
export class FollowedSession implements FollowTask {
  readonly #options: FollowedSessionOptions;
  readonly #outbox: Outbox;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: ToldEvent) => void>();
  #store: session.SessionStore;
  #view: SessionView | undefined;
  #isTelling = false;
  #unfollow: Unsubscribe | undefined;

  constructor(options: FollowedSessionOptions, outbox: Outbox) {
    this.#options = options;
    this.#outbox = outbox;
    this.#store = session.createSessionStore(options.id);
  }

  getSnapshot(): SessionView {
    this.#view ??= viewOf(this.#store, this.#outbox);
    return this.#view;
  }

  get isFollowed(): boolean {
    return this.#unfollow !== undefined || this.#users > 0;
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#use(this.#listeners, () => listener());
  }

  onEvent(listener: (event: ToldEvent) => void): Unsubscribe {
    return this.#use(this.#eventListeners, (event: ToldEvent) => listener(event));
  }

  load({ signal }: CallOptions = {}): Promise<SessionState> {
    return abortable(signal, (resolve, reject) => {
      const look = () => {
        const { state, status, isReturning, error } = this.#store;
        if (error !== undefined) reject(error);
        else if (status === 'ready' && !isReturning && state !== undefined) resolve(state);
      };
      this.#options.clock.soon(look);
      return this.subscribe(look);
    });
  }

  async loadOlder(conversationId: string = MAIN_CONVERSATION, options: CallOptions = {}): Promise<boolean> {
    const { loadOlder } = await loaded(import('./load-older.ts'));
    return loadOlder(
      {
        get: () => this.#store,
        set: (store) => this.#set(store),
        blocks: this.#options.blocks,
      },
      conversationId,
      options,
    );
  }

  /** The outbox has other entries. */
  outboxChanged(): void {
    this.#view = undefined;
    this.#tell();
  }

  input(): FollowInput {
    return session.followInput(this.#store);
  }

  onFrame(frame: FollowFrame): 'next' | 'again' {
    const { store, verdict, told } = session.applyFrame(this.#store, frame, this.#options.keepBlocks);
    this.#set(store);
    // Another log than the one that accepted them never tells of them.
    if (frame.kind === 'snapshot' && frame.reason !== 'start') this.#outbox.unobserved();
    if (store.state !== undefined && verdict === 'next')
      this.#outbox.observe(told, store.state, session.placeOf(store));
    for (const event of told)
      for (const listener of [...this.#eventListeners]) this.#outside(() => listener(event));
    return verdict;
  }

  onAway(error: PerdureError | undefined): void {
    this.#set(session.awayFrom(this.#store, error));
  }

  onEnd(error: PerdureError): void {
    this.#unfollow = undefined;
    this.#set(session.endedWith(this.#store, error));
    this.#outbox.unobserved();
  }

  close(): void {
    this.#listeners.clear();
    this.#eventListeners.clear();
    this.#leave();
  }

  get #users(): number {
    return this.#listeners.size + this.#eventListeners.size;
  }

  #use<L>(listeners: Set<L>, listener: L): Unsubscribe {
    const isFirst = this.#users === 0;
    listeners.add(listener);
    if (isFirst && this.#unfollow === undefined) {
      this.#set(session.followedAnew(this.#store));
      this.#unfollow = this.#options.follow(this); // L1
    }
    return () => {
      if (!listeners.delete(listener) || this.#users > 0) return;
      // Whoever leaves and returns at once, as components do in strict mode, keeps the subscription.
      this.#options.clock.soon(() => {
        if (this.#users === 0) this.#leave();
      });
    };
  }

  #leave(): void {
    this.#unfollow?.();
    this.#unfollow = undefined;
    this.#set(session.leftAlone(this.#store, this.#options.keepBlocks));
    this.#outbox.unobserved();
  }

  #set(store: session.SessionStore): void {
    if (store === this.#store) return;
    this.#store = store;
    this.#view = undefined;
    this.#tell();
  }

  #tell(): void {
    if (this.#isTelling || this.#listeners.size === 0) return;
    this.#isTelling = true;
    this.#options.clock.soon(() => {
      this.#isTelling = false; // L2
      for (const listener of [...this.#listeners]) this.#outside(listener);
    });
  }

  /** What a listener throws is reported as uncaught and hurts nobody else. */
  #outside(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.clock.soon(() => {
        throw error;
      });
    }
  }
}

function viewOf(store: session.SessionStore, { entries }: Outbox): SessionView {
  const { id, isReturning, gaps, older, ...view } = store;
  return { ...view, outbox: entries };
}
