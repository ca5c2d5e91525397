import { type AnyEvent, reduceSession, runtimeOf, type SessionState, sameRuntime } from '@perdure/protocol';
import type { Effect } from './effect.ts';
import type { EventDraft } from './event-draft.ts';

export interface DecisionBase {
  /** The committed state. */
  readonly state: SessionState;
  readonly head: number;
  /** Now, as ISO text. */
  readonly at: string;
}

/**
 * What is to be written next, made on committed state: events with their places, the state that follows from them, and
 * what to set going afterwards. Dropping one costs nothing; nobody sees it before it is committed.
 *
 * N1. Places are dense from the head it was made on, and times never run backwards.
 */
export class Decision {
  readonly before: SessionState;
  readonly after: number;
  readonly events: AnyEvent[] = [];
  /** What the bus tells of it: the events, each followed by the change of status that it makes. */
  readonly told: AnyEvent[] = [];
  readonly effects: Effect[] = [];
  #state: SessionState;
  #at: string;

  constructor(base: DecisionBase) {
    this.before = base.state;
    this.after = base.head;
    this.#state = base.state;
    this.#at = later(base.at, base.state.updatedAt);
  }

  /** The state as it will be. */
  get state(): SessionState {
    return this.#state;
  }

  /** Place of the last event. */
  get through(): number {
    return this.after + this.events.length;
  }

  /** Gives the event its place and folds it. */
  add(draft: EventDraft): AnyEvent {
    const { type, payload, actor, source, conversationId, runId, agent } = draft;
    const event: AnyEvent = {
      seq: this.through + 1,
      at: this.#at,
      type,
      payload,
      actor,
      source,
      ...(conversationId === undefined ? {} : { conversationId }),
      ...(runId === undefined ? {} : { runId }),
      ...(agent === undefined ? {} : { agent }),
    };
    const before = this.#state;
    this.#state = reduceSession(before, event);
    this.events.push(event);
    this.told.push(event);
    if (!sameRuntime(before, this.#state)) this.told.push(statusChange(event, this.#state));
    return event;
  }

  follow(effect: Effect): void {
    this.effects.push(effect);
  }
}

/** Derived, never stored: it has the place of the event that made it. */
function statusChange({ seq, at, actor }: AnyEvent, state: SessionState): AnyEvent {
  return { seq, at, type: 'status:changed', payload: { runtime: runtimeOf(state) }, actor, source: 'server' };
}

/** ISO texts sort as the times they name. */
function later(a: string, b: string): string {
  return a.localeCompare(b, 'en') > 0 ? a : b;
}
