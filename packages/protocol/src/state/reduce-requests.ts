import type { SessionEvent } from '../events/session-event.ts';
import { definedOf } from './defined-of.ts';
import type { SessionState } from './session-state-schema.ts';

/** Folds one event into the requests that wait for an answer. */
export function reduceRequests(
  state: SessionState,
  event: SessionEvent<'request:opened' | 'request:settled'>,
): SessionState {
  const { requestId } = event.payload;
  if (event.type === 'request:settled') {
    return { ...state, requests: state.requests.filter((request) => request.requestId !== requestId) };
  }
  if (state.requests.some((request) => request.requestId === requestId)) return state;
  const { runId, at, payload } = event;
  return {
    ...state,
    requests: [...state.requests, { ...payload, ...definedOf({ runId }), openedAt: at }],
  };
}
