import type { SessionEvent } from '../events/session-event.ts';
import { definedOf } from './defined-of.ts';
import type { SessionState } from './session-state-schema.ts';

type QueueEvent = SessionEvent<
  | 'message:queued'
  | 'message:delivered'
  | 'message:edited'
  | 'message:removed'
  | 'message:promoted'
  | 'queue:held'
  | 'queue:released'
>;

/** Folds one event into the messages that no agent has taken yet. */
export function reduceQueue(state: SessionState, event: QueueEvent): SessionState {
  switch (event.type) {
    case 'message:queued': {
      const { runId, at, actor, payload } = event;
      const message = { ...payload, ...definedOf({ runId }), at, actor };
      return { ...state, queue: [...state.queue, message] };
    }
    case 'message:delivered':
    case 'message:removed':
      return {
        ...state,
        queue: state.queue.filter((message) => message.messageId !== event.payload.messageId),
      };
    case 'message:edited': {
      const { messageId, content } = event.payload;
      return {
        ...state,
        queue: state.queue.map((message) =>
          message.messageId === messageId ? { ...message, content } : message,
        ),
      };
    }
    case 'message:promoted': {
      const promoted = state.queue.find((message) => message.messageId === event.payload.messageId);
      if (promoted === undefined) return state;
      return { ...state, queue: [promoted, ...state.queue.filter((message) => message !== promoted)] };
    }
    case 'queue:held':
      return { ...state, held: event.payload.reason };
    case 'queue:released':
      return { ...state, held: null };
    default:
      event satisfies never;
      return state;
  }
}
