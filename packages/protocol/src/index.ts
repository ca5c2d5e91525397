// Types, constants and pure functions: nothing reachable from here loads zod.
export type { Block, BlockOf, BlockStatus, BlockType, StreamedBlock } from './blocks/block.ts';
export { isEmptyText, isStreamed } from './blocks/block-rules.ts';
export type { Content, ContentPart } from './blocks/content.ts';
export { textOf } from './blocks/text-of.ts';
export type { Access } from './contract/access.ts';
export type { Contract } from './contract/contract.ts';
export type {
  BlocksInput,
  CommandInput,
  CreateInput,
  EventsInput,
  FollowInput,
  InterruptInput,
  ListInput,
  QueuedMessageInput,
  QueueUpdateInput,
  RunInput,
  RunsInput,
  SubmitInput,
  UpdateInput,
} from './contract/inputs.ts';
export type {
  Accepted,
  Created,
  Durability,
  Hello,
  Page,
  SessionListItem,
  SessionSnapshot,
  Submitted,
} from './contract/outputs.ts';
export { type Cursor, formatCursor, ORIGIN, type Place, parseCursor } from './cursor.ts';
export {
  closeCodes,
  type ErrorCode,
  type ErrorScope,
  errorTable,
  isErrorCode,
  type Retry,
  type WireErrorCode,
} from './error-codes.ts';
export type {
  Catalogue,
  EnvironmentEventType,
  EventPayload,
  EventType,
  StoredEventType,
} from './events/catalogue.ts';
export type { LogLevel } from './events/diagnostic-events.ts';
export type { TerminationReason } from './events/environment-events.ts';
export type { Audience, Emitter, Retention } from './events/event-row.ts';
export type { Delivery, HoldReason } from './events/message-events.ts';
export type { RequestKind, RequestOutcome } from './events/request-events.ts';
export type { AnyEvent, EventEnvelope, SessionEvent } from './events/session-event.ts';
export type { EventsFrame, FollowFrame, SnapshotFrame, SnapshotReason } from './frames/follow-frame.ts';
export { COMMAND_ID_PATTERN, ID_PATTERN, isId, MAIN_CONVERSATION } from './ids.ts';
export type { Json, JsonObject } from './json.ts';
export { type ErrorBody, isPerdureError, PerdureError, type PerdureErrorOptions } from './perdure-error.ts';
export type { AgentName, AppEvents, Register, SessionMetadata, ToolShapes } from './register.ts';
export type { Actor, Source, Usage } from './schema-parts.ts';
export type { Activity } from './state/activity.ts';
export { emptySessionState } from './state/empty-session-state.ts';
export { isOpenRun } from './state/is-open-run.ts';
export { reduceSession } from './state/reduce-session.ts';
export type { EnvironmentStatus, RunState, RunStatus } from './state/runtime-state.ts';
export { runtimeOf, sameRuntime } from './state/runtime-of.ts';
export type {
  Conversation,
  OpenRequest,
  QueuedMessage,
  SessionRuntime,
  SessionState,
} from './state/session-state-schema.ts';
export { SNAPSHOT_BLOCKS, windowSessionState } from './state/window-session-state.ts';
export { PROTOCOL_VERSION, SUPPORTED_PROTOCOL_VERSIONS } from './version.ts';
