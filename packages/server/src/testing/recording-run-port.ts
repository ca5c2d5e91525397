import {
  type Block,
  type EnvironmentEventType,
  type JsonObject,
  MAIN_CONVERSATION,
  PerdureError,
} from '@perdure/protocol';
import { eventRow } from '@perdure/protocol/schemas';
import type {
  Emission,
  RequestAnswer,
  RequestToPeople,
  RunPort,
} from '../environment/execution-environment.ts';
import { BlockGate } from '../session/block-gate.ts';
import type { RecordedSession } from './recorded-session.ts';

export interface RecordedEmission {
  readonly type: EnvironmentEventType;
  readonly payload: JsonObject;
}

/**
 * A run port without a session: refuses what the catalogue or the block rules refuse, and records the rest.
 * It is full when it is told to be.
 */
export class RecordingRunPort implements RunPort {
  readonly runId: string;
  /** What was emitted after the run had been aborted or had ended: a session drops it. */
  readonly dropped: RecordedEmission[] = [];
  readonly requests: RequestToPeople[] = [];
  /** What people answer. Until it is set, they do not. */
  answer: ((request: RequestToPeople) => RequestAnswer) | undefined;

  readonly #session: RecordedSession;
  readonly #gate: BlockGate;
  readonly #waiting: (() => void)[] = [];
  #isFull = false;
  #isOpen = true;

  constructor(session: RecordedSession, runId: string) {
    this.#session = session;
    this.runId = runId;
    this.#gate = new BlockGate(session.state);
  }

  emit<T extends EnvironmentEventType>(type: T, emission: Emission<T>): boolean {
    // A copy, as the log would hold it: whoever changes the object afterwards changes nothing.
    const { conversationId = MAIN_CONVERSATION, ...rest } = JSON.parse(JSON.stringify(emission));
    if (!this.#isOpen) {
      this.dropped.push({ type, payload: rest });
      return false;
    }
    const row = eventRow(type);
    if (row?.emitter !== 'environment') {
      throw new PerdureError('invalid-event', `An environment cannot emit "${type}".`);
    }
    const parsed = row.payload.safeParse(rest);
    if (!parsed.success)
      throw new PerdureError('invalid-event', `"${type}" is not as it should be: ${parsed.error}`);
    if (!type.startsWith('block:') || this.#gate.admit(type as 'block:start', rest, conversationId)) {
      this.#session.record(type, rest, { conversationId, runId: this.runId });
    }
    return !this.#isFull;
  }

  async flushed(): Promise<void> {}

  drained(): Promise<void> {
    if (!this.#isFull) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  newId(): string {
    return this.#session.newId();
  }

  request(request: RequestToPeople): Promise<RequestAnswer> {
    this.requests.push(request);
    return this.answer === undefined ? new Promise(() => {}) : Promise.resolve(this.answer(request));
  }

  /** From now on `emit` answers false and `drained` waits. */
  fill(): void {
    this.#isFull = true;
  }

  drain(): void {
    this.#isFull = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** From now on what is emitted is dropped. */
  close(): void {
    this.#isOpen = false;
  }

  /** Of this run, as they are now. */
  get blocks(): readonly Block[] {
    return this.#session
      .blocks()
      .filter((block) => block.runId === this.runId && block.type !== 'user_message');
  }

  /** The words of the answer so far. */
  get text(): string {
    return this.blocks.map((block) => (block.type === 'assistant_text' ? block.content : '')).join('');
  }
}
