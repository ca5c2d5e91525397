import type { AnyEvent, EventPayload, EventType } from '@perdure/protocol';

/** Writes events as a server would: dense places, a time that never goes back. */
export class SampleLog {
  readonly events: AnyEvent[] = [];
  #turns = 0;

  constructor() {
    this.write('session:created', { agent: 'echo', title: '', tags: [], metadata: {}, options: {} });
  }

  get head(): number {
    return this.events.length;
  }

  write<T extends EventType>(type: T, payload: EventPayload<T>, more: Partial<AnyEvent> = {}): AnyEvent {
    const seq = this.events.length + 1;
    const at = new Date(Date.UTC(2026, 0, 1) + seq).toISOString();
    const event: AnyEvent = {
      seq,
      at,
      type,
      payload,
      actor: { principalId: 'ann' },
      source: 'agent',
      ...more,
    };
    this.events.push(event);
    return event;
  }

  /** One message and its answer, a word a delta. */
  turn(text: string, answer: string, commandId = `command-${this.#turns + 1}`): void {
    this.ask(text, commandId);
    this.answer(answer);
  }

  ask(text: string, commandId: string): AnyEvent {
    this.#turns += 1;
    const messageId = `message-${this.#turns}`;
    return this.write(
      'message:queued',
      { messageId, commandId, content: text, delivery: 'queue' },
      { runId: this.#runId, source: 'user' },
    );
  }

  answer(answer: string): void {
    const n = this.#turns;
    const runId = this.#runId;
    const about = { runId, conversationId: 'main' };
    const queued = this.events.findLast(({ type }) => type === 'message:queued');
    const { content = '' } = (queued?.payload ?? {}) as Partial<EventPayload<'message:queued'>>;
    this.write(
      'message:delivered',
      {
        messageId: `message-${n}`,
        block: { id: `said-${n}`, type: 'user_message', status: 'complete', content },
      },
      about,
    );
    this.write('run:started', { agent: 'echo', attempt: 1 }, about);
    const block = { id: `answer-${n}`, type: 'assistant_text', status: 'pending', content: '' } as const;
    this.write('block:start', { block }, about);
    for (const word of answer.split(/(?<= )/))
      this.write('block:delta', { blockId: block.id, delta: word }, about);
    this.write(
      'block:complete',
      { blockId: block.id, block: { ...block, status: 'complete', content: answer } },
      about,
    );
    this.write('run:completed', {}, about);
  }

  get #runId(): string {
    return `run-${this.#turns}`;
  }
}
