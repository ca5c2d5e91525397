import type {
  CallOptions,
  ConnectionState,
  ListInput,
  Page,
  PerdureClient,
  SessionListItem,
} from '@perdure/client';
import { FakeSession } from './fake-session.ts';

const refuse = (): never => {
  throw new Error('The fake client offers no such call.');
};

type Answer = (input: ListInput, signal?: AbortSignal) => Promise<Page<SessionListItem | null>>;

/** A client without a server, held by type to the real one. */
export class FakeClient implements PerdureClient {
  readonly #sessions = new Map<string, FakeSession>();
  readonly #listeners = new Set<() => void>();
  #state: ConnectionState = { status: 'connecting', attempts: 0, transport: 'websocket', error: undefined };
  reconnects = 0;
  readonly listed: ListInput[] = [];
  answerList: Answer = refuse;

  readonly connection = {
    get: () => this.#state,
    subscribe: (listener: () => void) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    },
    reconnect: () => {
      this.reconnects += 1;
    },
  };

  readonly sessions = {
    create: refuse,
    list: (input: ListInput = {}, { signal }: CallOptions = {}) => {
      this.listed.push(input);
      return this.answerList(input, signal);
    },
  };

  connectionBecomes(change: Partial<ConnectionState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  session(id: string): FakeSession {
    const session = this.#sessions.get(id) ?? new FakeSession(id);
    this.#sessions.set(id, session);
    return session;
  }

  readonly hello = refuse;
  close(): void {}
}
