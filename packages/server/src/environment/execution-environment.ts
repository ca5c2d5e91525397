import type {
  Block,
  Content,
  EnvironmentEventType,
  EventPayload,
  Json,
  JsonObject,
  TerminationReason,
  Usage,
} from '@perdure/protocol';

/** What an environment is told when it starts. */
export interface EnvironmentContext {
  readonly sessionId: string;
  readonly tenantId: string;
  /** When the session was created: tells it from one that had its id before it and was deleted. */
  readonly createdAt: string;
  readonly agent: string;
  /** Of the session. */
  readonly options: JsonObject;
}

/** One message for the agent to answer. */
export interface Turn {
  readonly runId: string;
  /** 1 at first; more when the run is continued or restarted. */
  readonly attempt: number;
  readonly conversationId: string;
  /** The block that holds the message. */
  readonly message: Block;
  readonly content: Content;
  /** The words of the content. */
  readonly text: string;
  readonly agent: string;
  /** Of the session, as they are now. */
  readonly options: JsonObject;
  /** Completed blocks of the conversation, oldest first, this turn's message last. Rebuilt from the log. */
  history(): Promise<readonly Block[]>;
}

/** An event as an environment emits it: the conversation stands in the payload; `main` if left out. */
export type Emission<T extends EnvironmentEventType = EnvironmentEventType> = EventPayload<T> & {
  readonly conversationId?: string | undefined;
};

export interface RequestToPeople {
  readonly kind: 'approval' | 'question' | 'client-tool';
  readonly prompt: string;
  readonly schema?: JsonObject | undefined;
  readonly toolUseId?: string | undefined;
  readonly input?: Json | undefined;
  readonly expiresInMs?: number | undefined;
}

export type RequestAnswer =
  | { readonly outcome: 'answered'; readonly response: Json }
  | { readonly outcome: 'expired' | 'withdrawn' | 'cancelled' };

/** How an environment speaks. It knows nothing of seq, stores or clients. */
export interface RunPort {
  /**
   * Hands an event over. Throws `invalid-event` when the catalogue or the block rules refuse it.
   * False: so much is queued that the environment should await `drained()` before it emits more.
   */
  emit<T extends EnvironmentEventType>(type: T, payload: Emission<T>): boolean;
  /** Resolves when all that was emitted so far is durable. */
  flushed(): Promise<void>;
  /** Resolves when there is room to emit again. */
  drained(): Promise<void>;
  /** A new id for a block or tool call. */
  newId(): string;
  /** Asks people; resolves with what became of it. */
  request(request: RequestToPeople): Promise<RequestAnswer>;
}

export type RunEnd =
  | { readonly status: 'completed'; readonly usage?: Usage | undefined }
  | {
      readonly status: 'failed';
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    };

/**
 * Where an agent's code runs; not where its session lives. One per session, started with the first message.
 *
 * X1. `run` is called only after `start` resolved, and never while another `run` is open.
 * X2. When the signal aborts, `run` settles soon; what it emits from then on is dropped.
 * X3. After `stop` nothing it started is left.
 */
export interface ExecutionEnvironment {
  start(context: EnvironmentContext, signal: AbortSignal): Promise<void>;
  /** A rejection is a failed run; a `PerdureError` tells its code, anything else is `agent-failed`. */
  run(turn: Turn, port: RunPort, signal: AbortSignal): Promise<RunEnd>;
  stop(reason: TerminationReason): Promise<void>;
  isHealthy(): Promise<boolean>;
}

/** How far an agent's code can reach: nothing outside itself, the network, or the machine. */
export type Reach = 'none' | 'network' | 'host';

/** An agent as it stands in the options: how to make its environment, and what it needs. */
export interface AgentDefinition {
  /** Agents of reach `host` refuse the open principal. */
  readonly reach: Reach;
  /** What becomes of a delivered message when its run was interrupted. Default: `ask`. */
  readonly onInterrupted: 'ask' | 'continue' | 'stop';
  createEnvironment(): ExecutionEnvironment;
}
