import type { AnyEvent, SessionEvent } from '../events/session-event.ts';
import { MAIN_CONVERSATION } from '../ids.ts';
import { definedOf } from './defined-of.ts';
import { isReadable } from './is-readable.ts';
import { reduceConversation } from './reduce-conversation.ts';
import { reduceEnvironment } from './reduce-environment.ts';
import { reduceQueue } from './reduce-queue.ts';
import { reduceRequests } from './reduce-requests.ts';
import { activityOf, reduceRuns } from './reduce-runs.ts';
import type { Conversation, SessionState } from './session-state-schema.ts';

// Invariants of the fold:
// F1. It is pure: the same state and event give the same state, on the server and in every client.
// F2. A completed block never changes; an event for a block that is not open changes nothing, so windowing commutes with folding.
// F3. An event of an unknown type, or one whose payload cannot be read, changes nothing but `updatedAt`: it costs itself alone.

/** Folds one event into a session's state. The only fold there is. */
export function reduceSession(state: SessionState, event: AnyEvent): SessionState {
  const next = isReadable(event) ? fold(state, event as SessionEvent) : state; // F3
  // A marker stands for events that cannot be read and has no time of its own.
  if (event.type === 'session:corrupt') return next;
  return next.updatedAt === event.at ? next : { ...next, updatedAt: event.at };
}

/** What changes the runs alone. */
type RunEventType =
  `run:${'started' | 'waiting' | 'resumed' | 'stopping' | 'completed' | 'cancelled' | 'interrupted'}`;
/** What is for those who read the log: it changes nothing in the state. */
type LogOnlyType =
  | 'agent:completed'
  | 'run:stuck'
  | 'log'
  | 'app:event'
  | 'session:corrupt'
  | 'status:changed';

function fold(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'session:created': {
      const { agent = '', parentId, swarm, title, tags, metadata, options } = event.payload;
      const ownerId = event.actor.principalId;
      const fields = { title, tags, metadata, options, agent, ownerId, createdAt: event.at, swarm, parentId };
      return { ...state, ...definedOf(fields) };
    }
    case 'session:updated': {
      // By name: a field of a later release must not overwrite a part of the state that happens to be called so.
      const { title, tags, metadata, options, archived } = event.payload;
      return { ...state, ...definedOf({ title, tags, metadata, options, archived }) };
    }
    case 'message:queued':
    case 'message:edited':
    case 'message:removed':
    case 'message:promoted':
    case 'queue:held':
    case 'queue:released':
      return withRuns(reduceQueue(state, event), event);
    case 'message:delivered':
      return withConversation(withRuns(reduceQueue(state, event), event), event);
    case 'run:failed': {
      const { code, message } = event.payload;
      return { ...withRuns(state, event), lastError: { code, message, at: event.at } };
    }
    case 'request:opened':
    case 'request:settled':
      return reduceRequests(state, event);
    case 'environment:starting':
    case 'environment:ready':
    case 'environment:error':
    case 'environment:terminated':
      return reduceEnvironment(state, event);
    case 'block:start':
    case 'block:delta':
    case 'block:update':
    case 'block:complete':
      return withConversation(state, event);
    case 'agent:changed':
      return { ...state, agent: event.payload.to };
    case 'agent:spawned':
      return withThread(state, event);
    case 'error':
      return { ...state, lastError: { ...event.payload, at: event.at } };
    default:
      event satisfies SessionEvent<RunEventType | LogOnlyType>;
      return withRuns(state, event);
  }
}

function withRuns(state: SessionState, event: SessionEvent): SessionState {
  const runs = reduceRuns(state, event);
  const activity = activityOf(runs);
  return runs === state.runs && activity === state.activity ? state : { ...state, runs, activity };
}

function withConversation(
  state: SessionState,
  event: SessionEvent<
    'message:delivered' | 'block:start' | 'block:delta' | 'block:update' | 'block:complete'
  >,
): SessionState {
  const id = event.conversationId ?? MAIN_CONVERSATION;
  const before = conversationOf(state, id);
  if (before === undefined) return state;
  const after = reduceConversation(before, event);
  return after === before ? state : { ...state, conversations: { ...state.conversations, [id]: after } };
}

/** A sub-agent's thread is a conversation that knows the one it was spawned from. */
function withThread(state: SessionState, event: SessionEvent<'agent:spawned'>): SessionState {
  const id = event.conversationId;
  if (id === undefined || conversationOf(state, id) !== undefined) return state;
  const thread: Conversation = { parent: MAIN_CONVERSATION, branchHead: null, blocks: [], hasOlder: false };
  return { ...state, conversations: { ...state.conversations, [id]: thread } };
}

function conversationOf(state: SessionState, id: string): Conversation | undefined {
  return Object.hasOwn(state.conversations, id) ? state.conversations[id] : undefined;
}
