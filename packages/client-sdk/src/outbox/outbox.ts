import { isPerdureError, PerdureError, type SessionState, type Submitted } from '@perdure/protocol';
import { abortable } from '../abortable.ts';
import type { ClientClock } from '../client-clock.ts';
import { fullJitter } from '../connection/full-jitter.ts';
import type { ToldEvent } from '../log-event.ts';
import type { OutboxEntry } from '../perdure-client.ts';
import { retryAfterMs } from '../rest/read-error.ts';
import { entryOf } from './outbox-entry.ts';
import { closedError, signedOut, takenBack, unforeseen } from './outbox-errors.ts';
import * as outbox from './outbox-model.ts';
import type { OutboxStorage } from './outbox-storage.ts';

export interface OutboxOptions {
  readonly sessionId: string;
  readonly clock: ClientClock;
  readonly storage: OutboxStorage;
  send(item: outbox.OutboxItem, signal: AbortSignal): Promise<Submitted>;
  /** Who the client is to the server; resolves when that is known. */
  principal(signal: AbortSignal): Promise<string | undefined>;
  /** The entries are others now. */
  changed(): void;
}

/** Someone who waits for the answer to a command. */
interface Waiter {
  resolve(submitted: Submitted): void;
  reject(error: unknown): void;
}

/** The messages of one session that the server does not have yet, or whose events have not come back. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiters = new Map<string, Waiter>();
  readonly #retries = new Map<string, () => void>();
  readonly #closing = new AbortController();
  #model: outbox.OutboxModel = [];
  #entries: readonly OutboxEntry[] = [];
  #isRestored = false;
  #principal: string | undefined;
  /** The place up to which the log is known, while someone follows it. */
  #place: number | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    void this.#restore();
  }

  /** The same list until something changed. */
  get entries(): readonly OutboxEntry[] {
    return this.#entries;
  }

  /** Whether nothing is on its way, nor left by an earlier life of the client. */
  get isIdle(): boolean {
    return this.#isRestored && this.#model.length === 0;
  }

  async submit(
    commandId: string,
    message: outbox.Message,
    signal: AbortSignal | undefined,
  ): Promise<Submitted> {
    if (this.#closing.signal.aborted) throw closedError();
    if (outbox.find(this.#model, commandId) !== undefined) {
      const why = `${commandId} waits already. Give another commandId, or none.`;
      throw new PerdureError('idempotency-mismatch', why);
    }
    const item = outbox.itemOf(commandId, message, this.#principal);
    return abortable<Submitted>(signal, (resolve, reject) => {
      this.#set(outbox.withItem(this.#model, item)); // throws: rejects
      this.#waiters.set(commandId, { resolve, reject });
      void this.#store(item);
      if (this.#principal === undefined) void this.#identify();
      return () => {
        this.#waiters.delete(commandId);
        const { status } = outbox.find(this.#model, commandId) ?? {};
        if (signal?.aborted && (status === 'storing' || status === 'pending')) this.discard(commandId);
      };
    });
  }

  /** The log goes on: what it holds now is not on its way any more. */
  observe(events: readonly ToldEvent[], state: SessionState, place: number): void {
    this.#place = place;
    if (this.#model.length === 0) return;
    const ids = new Set(state.queue.map(({ commandId }) => commandId));
    for (const event of events) if (event.type === 'message:queued') ids.add(event.payload.commandId);
    for (const { commandId, status } of this.#model)
      if (status === 'failed' && ids.has(commandId)) this.discard(commandId);
    this.#set(outbox.reached(outbox.seen(this.#model, ids), place));
  }

  /** Nobody follows the log any more: nothing will tell of accepted messages. */
  unobserved(): void {
    this.#place = undefined;
    this.#set(outbox.reached(this.#model, Number.POSITIVE_INFINITY));
  }

  /** It is worth trying now. */
  wake(): void {
    this.#callOffRetries();
    this.#set(outbox.woken(this.#model));
    this.#pump();
  }

  discard(commandId: string): void {
    const item = outbox.find(this.#model, commandId);
    if (item === undefined || item.status === 'sending') return;
    this.#retries.get(commandId)?.();
    this.#retries.delete(commandId);
    this.#set(outbox.without(this.#model, commandId));
    void this.#options.storage.drop(this.#options.sessionId, commandId);
    this.#waiters.get(commandId)?.reject(takenBack());
    this.#pump();
  }

  resend(commandId: string): void {
    const before = this.#model;
    const newId = this.#options.clock.id();
    this.#set(outbox.resent(before, commandId, newId));
    const item = this.#model.find((own) => !before.includes(own));
    if (item === undefined) return;
    if (item.commandId !== commandId) void this.#options.storage.drop(this.#options.sessionId, commandId);
    void this.#store(item);
  }

  /** Someone else may have signed in: only what they said themselves is shown and sent from now on. */
  renew(): void {
    this.#principal = undefined;
    this.#isRestored = false;
    void this.#restore();
  }

  /** Ends timers and requests. What was not answered stays in the storage. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#callOffRetries();
    for (const waiter of [...this.#waiters.values()]) waiter.reject(closedError());
  }

  async #restore(): Promise<void> {
    const kept = await this.#options.storage.load(this.#options.sessionId);
    if (kept.length + this.#model.length > 0) await this.#identify();
    if (this.#closing.signal.aborted) return;
    // Another person may have signed in since: what the last one left is neither shown nor sent.
    const isOwn = ({ principal }: outbox.OutboxItem) =>
      principal === undefined || principal === this.#principal;
    const others = this.#model.filter((item) => !isOwn(item));
    this.#isRestored = true;
    this.#set(outbox.withRestored(this.#model.filter(isOwn), kept.filter(isOwn)));
    for (const { commandId } of others) this.#waiters.get(commandId)?.reject(signedOut());
    this.#pump();
  }

  /** Finds out who speaks, and writes it to what was said without knowing. */
  async #identify(): Promise<void> {
    const { signal } = this.#closing;
    const principal = await this.#options.principal(signal).catch(() => undefined);
    if (principal === undefined || signal.aborted) return;
    const unknown = this.#model.filter((item) => item.principal === undefined);
    this.#principal = principal;
    this.#set(outbox.spokenBy(this.#model, principal));
    for (const { commandId } of unknown) {
      const item = outbox.find(this.#model, commandId);
      if (item !== undefined && item.status !== 'accepted') void this.#store(item);
    }
  }

  async #store(item: outbox.OutboxItem): Promise<void> {
    await this.#options.storage.put(this.#options.sessionId, item);
    this.#set(outbox.stored(this.#model, item.commandId));
    this.#pump();
  }

  #pump(): void {
    if (!this.#isRestored || this.#closing.signal.aborted) return;
    const item = outbox.nextToSend(this.#model);
    if (item === undefined) return;
    this.#set(outbox.sending(this.#model, item.commandId));
    void this.#send(item);
  }

  async #send(item: outbox.OutboxItem): Promise<void> {
    const { commandId } = item;
    try {
      const submitted = await this.#options.send(item, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      this.#accepted(submitted);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#refused(commandId, isPerdureError(error) ? error : unforeseen(error));
    }
    this.#pump();
  }

  #accepted(submitted: Submitted): void {
    const { commandId, seq } = submitted;
    void this.#options.storage.drop(this.#options.sessionId, commandId);
    const isTold = this.#place === undefined || seq <= this.#place;
    this.#set(isTold ? outbox.without(this.#model, commandId) : outbox.accepted(this.#model, commandId, seq));
    this.#waiters.get(commandId)?.resolve(submitted);
  }

  #refused(commandId: string, error: PerdureError): void {
    this.#set(outbox.refused(this.#model, commandId, error));
    const item = outbox.find(this.#model, commandId);
    if (item?.status === 'failed') {
      void this.#store(item);
      this.#waiters.get(commandId)?.reject(error);
    } else if (item !== undefined && error.code !== 'unauthenticated') {
      // Time heals what is wrong; a credential only someone who says that things have changed.
      const delay = retryAfterMs(error) ?? fullJitter(item.failures, this.#options.clock.random);
      const callOff = this.#options.clock.after(delay, () => this.#due(commandId));
      this.#retries.set(commandId, callOff);
    }
  }

  #callOffRetries(): void {
    for (const callOff of this.#retries.values()) callOff();
    this.#retries.clear();
  }

  #due(commandId: string): void {
    this.#retries.delete(commandId);
    this.#set(outbox.due(this.#model, commandId));
    this.#pump();
  }

  #set(model: outbox.OutboxModel): void {
    if (model === this.#model || (model.length === 0 && this.#model.length === 0)) return;
    this.#model = model;
    this.#entries = model.filter(({ isSeen }) => !isSeen).map(entryOf);
    this.#options.changed();
  }
}
