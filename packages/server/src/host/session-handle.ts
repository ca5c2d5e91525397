import type {
  Accepted,
  AnyEvent,
  Block,
  BlocksInput,
  CommandInput,
  EventsInput,
  FollowInput,
  InterruptInput,
  Page,
  QueuedMessageInput,
  QueueUpdateInput,
  RunInput,
  RunState,
  RunsInput,
  SessionListItem,
  SessionSnapshot,
  SubmitInput,
  Submitted,
  UpdateInput,
} from '@perdure/protocol';
import type { FrameSink } from '../hub/client-hub.ts';

type OfSession<I> = Omit<I, 'sessionId'>;

/**
 * What a caller may do with a session, wherever it lives. Takes and returns plain data, so it can be a proxy.
 * A handle is an address: making one opens nothing; reading makes no actor; a command loads the session.
 * Each method rejects with a `PerdureError`; a command's normal answer says where in the log it stands.
 */
export interface SessionHandle {
  readonly id: string;
  get(): Promise<SessionSnapshot>;
  item(): Promise<SessionListItem>;
  submit(input: OfSession<SubmitInput>): Promise<Submitted>;
  update(input: OfSession<UpdateInput>): Promise<Accepted>;
  updateQueued(input: OfSession<QueueUpdateInput>): Promise<Accepted>;
  removeQueued(input: OfSession<QueuedMessageInput>): Promise<Accepted>;
  promoteQueued(input: OfSession<QueuedMessageInput>): Promise<Accepted>;
  holdQueue(input: OfSession<CommandInput>): Promise<Accepted>;
  releaseQueue(input: OfSession<CommandInput>): Promise<Accepted>;
  interrupt(input: OfSession<InterruptInput>): Promise<Accepted>;
  runs(input: OfSession<RunsInput>): Promise<Page<RunState>>;
  /** With `wait`, answers when the run ends, the seconds are over, or the signal aborts. */
  run(input: OfSession<RunInput>, signal?: AbortSignal): Promise<RunState>;
  blocks(input: OfSession<BlocksInput>): Promise<Page<Block>>;
  events(input: OfSession<EventsInput>): Promise<Page<AnyEvent>>;
  follow(input: OfSession<FollowInput>, sink: FrameSink, signal: AbortSignal): Promise<void>;
  delete(): Promise<void>;
  /** Resolves when all that its agent has emitted so far is durable. */
  flushed(): Promise<void>;
}
