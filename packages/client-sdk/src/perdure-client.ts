import type {
  Accepted,
  AnyEvent,
  Block,
  BlocksInput,
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
  SessionState,
  SubmitInput,
  Submitted,
  UpdateInput,
  Content,
} from '@perdure/protocol';
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
  /** Default: the global `WebSocket`; `null` follows by event streams alone. */
  readonly WebSocket?: typeof globalThis.WebSocket | null | undefined;
  /** Where unacknowledged commands outlive a reload. Default: `localStorage` where there is one, else memory. */
  readonly storage?: ClientStorage | undefined;
  /** Tells when the page becomes visible. Default: `document`, where there is one. */
  readonly visibility?: ((resume: () => void) => Unsubscribe) | undefined;
  /** Tells when the network returns. Default: the `online` event, where there is one. */
  readonly online?: ((resume: () => void) => Unsubscribe) | undefined;
  /** Completed blocks kept in memory per conversation; older ones are fetched again. Default: 500. */
  readonly keepBlocks?: number | undefined;
}

export type ConnectionStatus = 'connecting' | 'open' | 'reconnecting' | 'failed';

/** The client's own connection. It says nothing about what a session does. */
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

/** What a client knows of a session it follows. */
export interface SessionView {
  /** `loading` until the first frame; `not-found`, `deleted` and `error` are final until someone follows anew. */
  readonly status: 'loading' | 'ready' | 'not-found' | 'deleted' | 'error';
  readonly state: SessionState | undefined;
  /** Place of the last applied event; taken with the state it belongs to. */
  readonly cursor: Cursor;
  /** `replaying` until the head was reached, and again while the connection is away. */
  readonly phase: 'replaying' | 'live';
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
  readonly types?: readonly string[] | undefined;
}

export type SubmitOptions = Omit<SubmitInput, 'sessionId' | 'content'> & CallOptions;
type Rest<I> = Omit<I, 'sessionId'> & CallOptions;

/** A handle on a session: opens nothing until it is subscribed to, loaded, or sent a command. */
export interface ClientSession {
  readonly id: string;
  /** The same object until something changed. */
  getSnapshot(): SessionView;
  /** Follows the session while anyone is subscribed; all subscribers share one subscription. */
  subscribe(listener: () => void): Unsubscribe;
  /** Resolves with the state once it is there; rejects with what ended the subscription. */
  load(options?: CallOptions): Promise<SessionState>;
  /** Through the outbox: in order, once, also across a reload. Resolves when the server has it on disk. */
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
  eventPage(input?: Rest<EventsInput>): Promise<Page<AnyEvent>>;
  /** Every event from a place on, for as long as the signal lets it; reconnects by itself, nothing lost and nothing twice. */
  events(options?: EventsOptions): AsyncIterable<AnyEvent>;
  /** Fetches older completed blocks into the state. False: there are none. */
  loadOlder(conversationId?: string, options?: CallOptions): Promise<boolean>;
  /** Takes a failed entry out of the outbox. */
  discard(commandId: string): void;
  /** Sends a failed entry again, under its id or a new one as its error asks. */
  resend(commandId: string): void;
}

export interface ClientSessions {
  create(input?: CreateInput, options?: CallOptions): Promise<Created>;
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
