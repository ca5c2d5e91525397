import type {
  Accepted,
  AgentName,
  Block,
  BlocksInput,
  Content,
  CreateInput,
  Created,
  Cursor,
  EventsInput,
  Hello,
  InterruptInput,
  ListInput,
  Page,
  PerdureError,
  RunInput,
  RunState,
  RunsInput,
  SessionListItem,
  SessionMetadata,
  SessionState,
  SnapshotReason,
  StoredEventType,
  SubmitInput,
  Submitted,
  UpdateInput,
} from '@perdure/protocol';
import type { ClientClock } from './client-clock.ts';
import type { LogEvent, ToldEvent } from './log-event.ts';
import type { ClientStorage } from './storage/client-storage.ts';

/** A function that ends what it came from. Calling it twice is harmless. */
export type Unsubscribe = () => void;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface PerdureClientOptions {
  /** Where the server is, with its base path: `https://x.dev/agents`. */
  readonly url: string;
  /** The credential, or a function that is called on every connect and after every refusal. Never part of a URL. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * Default: the global `WebSocket`; `null` follows by event streams alone. So does a client whose `url` and `fetch` are
   * those of `runtime.as(principal)`, or whose `url` is not http(s).
   */
  readonly WebSocket?: typeof globalThis.WebSocket | null | undefined;
  /** Where unacknowledged commands outlive a reload. Default: `localStorage` where there is one, else memory. */
  readonly storage?: ClientStorage | undefined;
  /** Tells when the page becomes visible. Default: `document`, where there is one. */
  readonly visibility?: ((resume: () => void) => Unsubscribe) | undefined;
  /** Tells when the network returns. Default: the `online` event, where there is one. */
  readonly online?: ((resume: () => void) => Unsubscribe) | undefined;
  /** Completed blocks kept in memory per conversation; older ones are fetched again. Default: 500. */
  readonly keepBlocks?: number | undefined;
  /** Time and chance, for tests and simulators. Default: the platform's. */
  readonly clock?: ClientClock | undefined;
}

export type ConnectionStatus = 'connecting' | 'open' | 'reconnecting' | 'failed';

/**
 * The client's own connection. It says nothing about what a session does. While nothing is followed there is none, and
 * this tells how it stood last.
 */
export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** Failed attempts since it was last open. */
  readonly attempts: number;
  /** How frames come: one WebSocket, or event streams where it cannot open. */
  readonly transport: 'websocket' | 'stream';
  /** Why it failed or is away. */
  readonly error: PerdureError | undefined;
}

export interface Connection {
  get(): ConnectionState;
  subscribe(listener: () => void): Unsubscribe;
  /** Drops the connection and makes it anew, as after a change of credentials. */
  reconnect(): void;
}

/** How a client that comes or returns was served: with the events it had missed, or with a new state and the reason for it. */
export type ResumeOutcome =
  | { readonly kind: 'replay' }
  | { readonly kind: 'snapshot'; readonly reason: SnapshotReason };

/** What a client knows of a session it follows. */
export interface SessionView {
  /** `loading` until the first frame; `not-found`, `deleted` and `error` are final until someone follows anew. */
  readonly status: 'loading' | 'ready' | 'not-found' | 'deleted' | 'error';
  readonly state: SessionState | undefined;
  /** Place of the last applied event; taken with the state it belongs to. */
  readonly cursor: Cursor;
  /** `replaying` until the head was reached, and again while the connection is away. */
  readonly phase: 'replaying' | 'live';
  /** How the last return ended; that there is no session any more is told by `status`. */
  readonly resumed?: ResumeOutcome | undefined;
  /** What ended it, or what keeps it from being followed now. */
  readonly error: PerdureError | undefined;
  /** Messages of this client that the log does not hold yet, in order. */
  readonly outbox: readonly OutboxEntry[];
}

/** A command on its way. `accepted` entries go when their event arrives. */
export interface OutboxEntry {
  readonly commandId: string;
  readonly content: Content;
  readonly status: 'pending' | 'sending' | 'accepted' | 'failed';
  readonly error: PerdureError | undefined;
}

export interface EventsOptions extends CallOptions {
  /** A cursor; without one the log is read from its beginning. */
  readonly after?: Cursor | undefined;
  readonly types?: readonly (StoredEventType | (string & {}))[] | undefined;
}

/** What a session is created with. Agent names and metadata are those of `Register`. */
export type CreateOptions = Omit<CreateInput, 'agent' | 'metadata'> & {
  agent?: AgentName | undefined;
  metadata?: SessionMetadata | undefined;
};

/** Without a `commandId` the client makes one. */
export type SubmitOptions = Omit<SubmitInput, 'sessionId' | 'content' | 'ifAgent'> & {
  ifAgent?: AgentName | undefined;
} & CallOptions;
type Rest<I> = Omit<I, 'sessionId'> & CallOptions;

/** A handle on a session: opens nothing until it is subscribed to, loaded, or sent a command. */
export interface ClientSession {
  readonly id: string;
  /** The same object until something changed. */
  getSnapshot(): SessionView;
  /** Follows the session while anyone is subscribed; all subscribers share one subscription. */
  subscribe(listener: () => void): Unsubscribe;
  /**
   * Calls the listener with each event that the shared subscription applies, in order and once, and with
   * `status:changed` whenever what the session does has changed. Follows the session as `subscribe` does. A snapshot
   * stands for events that are not told.
   */
  onEvent(listener: (event: ToldEvent) => void): Unsubscribe;
  /** Resolves with the state once it is there; rejects with what ended the subscription. */
  load(options?: CallOptions): Promise<SessionState>;
  /**
   * Through the outbox: in order, once, also across a reload. Resolves when the server has it on disk, and waits while it
   * cannot be reached. Aborting takes back what was not sent yet; what was sent goes its way.
   */
  submit(content: Content, options?: SubmitOptions): Promise<Submitted>;
  interrupt(input: Rest<InterruptInput>): Promise<Accepted>;
  update(input: Rest<UpdateInput>): Promise<Accepted>;
  readonly queue: {
    update(
      input: {
        readonly messageId: string;
        readonly content: Content;
        readonly commandId?: string;
      } & CallOptions,
    ): Promise<Accepted>;
    remove(
      input: { readonly messageId: string; readonly commandId?: string } & CallOptions,
    ): Promise<Accepted>;
    promote(
      input: { readonly messageId: string; readonly commandId?: string } & CallOptions,
    ): Promise<Accepted>;
    hold(input?: { readonly commandId?: string } & CallOptions): Promise<Accepted>;
    release(input?: { readonly commandId?: string } & CallOptions): Promise<Accepted>;
  };
  delete(options?: CallOptions): Promise<void>;
  run(input: Rest<RunInput>): Promise<RunState>;
  runs(input?: Rest<RunsInput>): Promise<Page<RunState>>;
  blocks(input?: Rest<BlocksInput>): Promise<Page<Block>>;
  /** One page of the log. */
  eventPage(input?: Rest<EventsInput>): Promise<Page<LogEvent>>;
  /** Every event from a place on, for as long as the signal lets it; reconnects by itself, nothing lost and nothing twice. */
  events(options?: EventsOptions): AsyncIterable<LogEvent>;
  /** Fetches older completed blocks into the state. False: there are none. */
  loadOlder(conversationId?: string, options?: CallOptions): Promise<boolean>;
  /** Takes a failed entry out of the outbox. */
  discard(commandId: string): void;
  /** Sends a failed entry again, under its id or a new one as its error asks. */
  resend(commandId: string): void;
}

export interface ClientSessions {
  create(input?: CreateOptions, options?: CallOptions): Promise<Created>;
  list(input?: ListInput, options?: CallOptions): Promise<Page<SessionListItem | null>>;
}

/** Joins a program to a server. */
export interface PerdureClient {
  readonly sessions: ClientSessions;
  readonly connection: Connection;
  hello(options?: CallOptions): Promise<Hello>;
  /** The handle of a session: the same object for the same id. */
  session(id: string): ClientSession;
  /** Ends every subscription, timer and socket. The outbox stays in its storage. */
  close(): void;
}
