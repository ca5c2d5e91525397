import type { SessionEvent } from '../events/session-event.ts';
import type { SessionState } from './session-state-schema.ts';

type EnvironmentEvent = SessionEvent<
  'environment:starting' | 'environment:ready' | 'environment:error' | 'environment:terminated'
>;

/** Folds one event into what is known of the place where the agent runs. */
export function reduceEnvironment(state: SessionState, event: EnvironmentEvent): SessionState {
  switch (event.type) {
    case 'environment:starting':
      return { ...state, environment: { status: 'starting' } };
    case 'environment:ready':
      return { ...state, environment: { status: 'ready' } };
    case 'environment:error':
      return {
        ...state,
        environment: { status: 'error', message: event.payload.message, error: event.payload },
      };
    case 'environment:terminated':
      return { ...state, environment: { status: 'terminated', message: event.payload.reason } };
    default:
      event satisfies never;
      return state;
  }
}
