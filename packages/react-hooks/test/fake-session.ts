import type {
  Block,
  ClientSession,
  Content,
  EventsOptions,
  LogEvent,
  OutboxEntry,
  SessionState,
  SessionView,
  SubmitOptions,
  Submitted,
} from '@perdure/client';

const stateOf = (id: string): SessionState => ({
  id,
  title: `title of ${id}`,
  tags: [],
  metadata: {},
  options: {},
  agent: 'echo',
  ownerId: 'ann',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  archived: false,
  activity: 'idle',
  environment: { status: 'inactive' },
  runs: [],
  queue: [],
  held: null,
  requests: [],
  conversations: { main: { branchHead: null, blocks: [], hasOlder: false } },
});

export const text = (id: string, content: string): Block => ({
  id,
  type: 'assistant_text',
  status: 'pending',
  content,
});

const envelope = {
  at: '2026-01-01T00:00:00.000Z',
  actor: { principalId: 'ann' },
  source: 'agent',
} as const;

export const event = (seq: number, type: 'log' | 'run:started' = 'log'): LogEvent =>
  type === 'log'
    ? { ...envelope, seq, type, payload: { level: 'info', message: `line ${seq}` } }
    : { ...envelope, seq, type, payload: { agent: 'echo', attempt: 1 } };

const refuse = (): never => {
  throw new Error('The fake session offers no such call.');
};

/** A session that shows what a test tells it to, and counts who follows it. */
export class FakeSession implements ClientSession {
  readonly id: string;
  /** Times it went from no follower to one: what a server sees as subscriptions. */
  opened = 0;
  readonly submitted: Content[] = [];
  readonly resent: string[] = [];
  /** What `submit` answers. */
  answer: () => Promise<Submitted> = refuse;
  readonly #listeners = new Set<() => void>();
  readonly #readers = new Set<() => void>();
  #log: LogEvent[] = [];
  #failure: unknown;
  #view: SessionView = {
    status: 'loading',
    state: undefined,
    cursor: '0.0',
    phase: 'replaying',
    error: undefined,
    outbox: [],
  };

  constructor(id: string) {
    this.id = id;
  }

  get followers(): number {
    return this.#listeners.size;
  }

  get readers(): number {
    return this.#readers.size;
  }

  getSnapshot(): SessionView {
    return this.#view;
  }

  subscribe(listener: () => void) {
    // As the client does it: the same function given twice is two followers.
    const own = () => listener();
    if (this.#listeners.size === 0) this.opened += 1;
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  show(change: Partial<SessionView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** Ready and live, with these fields of the state changed. */
  becomes(change: Partial<SessionState> = {}): void {
    const before = this.#view.state ?? stateOf(this.id);
    this.show({ status: 'ready', phase: 'live', state: { ...before, ...change } });
  }

  says(...blocks: Block[]): void {
    const conversations = this.#view.state?.conversations;
    const main = { branchHead: null, hasOlder: false, blocks };
    this.becomes({ conversations: { ...conversations, main } });
  }

  holds(...outbox: OutboxEntry[]): void {
    this.show({ outbox });
  }

  logs(...events: LogEvent[]): void {
    this.#log = [...this.#log, ...events];
    for (const wake of this.#readers) wake();
  }

  failsReading(error: unknown): void {
    this.#failure = error;
    for (const wake of this.#readers) wake();
  }

  async *events({ types, signal }: EventsOptions = {}): AsyncGenerator<LogEvent> {
    let place = 0;
    let wake = () => {};
    const woken = () => wake();
    this.#readers.add(woken);
    signal?.addEventListener('abort', woken);
    try {
      while (!signal?.aborted) {
        const next = this.#log[place];
        if (next !== undefined) {
          place += 1;
          if (types === undefined || types.includes(next.type)) yield next;
        } else if (this.#failure !== undefined) {
          throw this.#failure;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      this.#readers.delete(woken);
    }
  }

  submit(content: Content, _options?: SubmitOptions): Promise<Submitted> {
    this.submitted.push(content);
    return this.answer();
  }

  resend(commandId: string): void {
    this.resent.push(commandId);
  }

  discard(commandId: string): void {
    this.holds(...this.#view.outbox.filter((entry) => entry.commandId !== commandId));
  }

  readonly onEvent = refuse;
  readonly load = refuse;
  readonly interrupt = refuse;
  readonly update = refuse;
  readonly queue = { update: refuse, remove: refuse, promote: refuse, hold: refuse, release: refuse };
  readonly delete = refuse;
  readonly run = refuse;
  readonly runs = refuse;
  readonly blocks = refuse;
  readonly eventPage = refuse;
  readonly loadOlder = refuse;
}
