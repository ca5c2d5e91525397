export type {
  ConversationView,
  PendingMessage,
} from './conversation-view.ts';
export type { ScheduleFrame } from './next-frame.ts';
export { PerdureProvider, type PerdureProviderProps } from './perdure-provider.tsx';
export type { SessionListQuery, SessionListState } from './session-listing.ts';
export { useClient } from './use-client.ts';
export { type ConnectionHandle, useConnection } from './use-connection.ts';
export {
  type ConversationOptions,
  type SelectedConversationOptions,
  useConversation,
} from './use-conversation.ts';
export { type SessionInfo, useSession } from './use-session.ts';
export { type SessionEventsOptions, useSessionEvents } from './use-session-events.ts';
export { type SessionListHandle, useSessionList } from './use-session-list.ts';
export type { Equality } from './use-session-store.ts';
export { type SubmitHandle, useSubmit } from './use-submit.ts';
export type {
  Block,
  BlockOf,
  BlockType,
  ClientSession,
  ConnectionState,
  Content,
  LogEvent,
  OutboxEntry,
  PerdureClient,
  PerdureClientOptions,
  SessionListItem,
  SessionState,
  SessionView,
} from '@perdure/client';
export { createPerdureClient, isPerdureError, PerdureError, textOf } from '@perdure/client';
