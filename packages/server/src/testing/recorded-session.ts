import {
  type AnyEvent,
  type Block,
  type EventPayload,
  type EventType,
  emptySessionState,
  MAIN_CONVERSATION,
  reduceSession,
  type SessionState,
  textOf,
  type Content,
} from '@perdure/protocol';
import type { EnvironmentContext, RunEnd, Turn } from '../environment/execution-environment.ts';
import { RecordingRunPort } from './recording-run-port.ts';

/** A turn of a recorded session, with what an environment is given to run it. */
export interface RecordedTurn {
  readonly turn: Turn;
  readonly port: RecordingRunPort;
  readonly signal: AbortSignal;
  /** Aborts the run as a session does: the signal first, then nothing is heard any more. */
  abort(): void;
  /** Ends the run as a session does: completes the blocks that are open and lets nothing more in. */
  end(how: RunEnd | 'cancelled'): void;
}

/** The log of a session without a session, for tests of environments: events, their fold, and turns to run. */
export class RecordedSession {
  readonly context: EnvironmentContext;
  readonly events: AnyEvent[] = [];
  #state: SessionState;
  #ids = 0;
  readonly #watchers = new Set<() => void>();

  constructor(context: Partial<EnvironmentContext> = {}) {
    this.context = {
      sessionId: 'session',
      tenantId: 'default',
      createdAt: '2026-01-01T00:00:00.000Z',
      agent: 'agent',
      options: {},
      ...context,
    };
    this.#state = emptySessionState(this.context.sessionId);
    const { agent, options } = this.context;
    this.record('session:created', { agent, title: '', tags: [], metadata: {}, options });
  }

  get state(): SessionState {
    return this.#state;
  }

  blocks(conversationId = MAIN_CONVERSATION): readonly Block[] {
    return this.#state.conversations[conversationId]?.blocks ?? [];
  }

  newId(): string {
    return `id-${++this.#ids}`;
  }

  /** Delivers a message and begins the run that answers it. */
  begin(content: Content, { options = this.context.options, attempt = 1 } = {}): RecordedTurn {
    const [runId, messageId] = [this.newId(), this.newId()];
    const said: Block = { id: messageId, type: 'user_message', status: 'complete', content };
    const { agent } = this.context;
    const commandId = messageId;
    this.record('message:queued', { messageId, commandId, content, delivery: 'queue' }, { runId });
    this.record('message:delivered', { messageId, block: said }, { runId });
    this.record('run:started', { agent, attempt }, { runId });
    const message = this.blocks().at(-1) ?? said;
    const history = this.blocks().filter(({ status }) => status !== 'pending');
    const turn: Turn = {
      ...{ runId, attempt, conversationId: MAIN_CONVERSATION, message, content, text: textOf(content) },
      ...{ agent, options, history: async () => history },
    };
    const port = new RecordingRunPort(this, runId);
    const controller = new AbortController();
    const abort = () => {
      controller.abort(new Error('The run was interrupted.'));
      port.close();
    };
    return { turn, port, signal: controller.signal, abort, end: (how) => this.#end(port, how) };
  }

  record<T extends EventType>(
    type: T,
    payload: EventPayload<T>,
    of: { readonly conversationId?: string; readonly runId?: string } = {},
  ): void {
    const seq = this.events.length + 1;
    const at = new Date(seq).toISOString(); // a time that is the same in every run of a test
    const event: AnyEvent = {
      seq,
      at,
      type,
      payload,
      actor: { principalId: 'tester' },
      source: 'agent',
      ...of,
    };
    this.events.push(event);
    this.#state = reduceSession(this.#state, event);
    for (const watch of this.#watchers) watch();
  }

  /** Resolves as soon as the session is so that the condition holds. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const watch = () => {
        try {
          if (!holds()) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        this.#watchers.delete(watch);
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  #end(port: RecordingRunPort, how: RunEnd | 'cancelled'): void {
    port.close();
    const { runId } = port;
    const isCompleted = how !== 'cancelled' && how.status === 'completed';
    const status = isCompleted ? 'complete' : how === 'cancelled' ? 'aborted' : 'error';
    for (const block of port.blocks.filter((open) => open.status === 'pending')) {
      this.record('block:complete', { blockId: block.id, block: { ...block, status } }, { runId });
    }
    if (how === 'cancelled') this.record('run:cancelled', {}, { runId });
    else if (how.status === 'completed') this.record('run:completed', usageOf(how), { runId });
    else this.record('run:failed', failureOf(how), { runId });
  }
}

function usageOf({ usage }: Extract<RunEnd, { status: 'completed' }>) {
  return usage === undefined ? {} : { usage };
}

function failureOf({ code, message, retryable }: Extract<RunEnd, { status: 'failed' }>) {
  return { code, message, retryable };
}
