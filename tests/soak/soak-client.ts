import { createPerdureClient, isPerdureError, type PerdureClient } from '@perdure/client';
import {
  type AnyEvent,
  emptySessionState,
  reduceSession,
  type SessionState,
  windowSessionState,
} from '@perdure/protocol';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { LogRecord } from './log-record.ts';
import { WireWatch } from './wire-watch.ts';

export interface SoakClientOptions {
  readonly url: string;
  readonly sessionId: string;
  readonly transport: 'websocket' | 'stream';
  /** Rises before the session is deleted and again when it is made anew: it is odd while that is under way. */
  readonly generation: () => number;
  /** Told of everything that must not be. */
  readonly onViolation: (what: string) => void;
}

/** Between the deletion of a session and its return, and while a server starts. */
const PAUSE_MS = 200;
/** Of the blocks that come, those that a snapshot would hold are kept, from time to time. */
const WINDOW_EVERY = 50;

/** How reading ends where a session is deleted: at once, when it is looked for, or when another has its id by then. */
const ofDeletion = ['session-deleted', 'session-not-found', 'invalid-cursor'];

/** One client that follows one session for hours, is cut off, reloads, and writes down what it got. */
export class SoakClient {
  readonly #options: SoakClientOptions;
  readonly #sockets = new Set<WebSocket>();
  #record = new LogRecord();
  /** The generation that it is of. */
  #life: number | undefined;
  #state: SessionState;
  #streams = new AbortController();
  #page = new AbortController();
  #isOver = false;
  #count = 0;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: SoakClientOptions) {
    this.#options = options;
    this.#state = emptySessionState(options.sessionId);
  }

  get sessionId(): string {
    return this.#options.sessionId;
  }

  get record(): LogRecord {
    return this.#record;
  }

  /** Events that have come. */
  get count(): number {
    return this.#count;
  }

  /** The fold of what has come. */
  get state(): SessionState {
    return windowSessionState(this.#state);
  }

  start(): void {
    this.#ended = this.#live();
  }

  /** The network goes, without a word to either side. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#streams.abort();
    this.#streams = new AbortController();
  }

  /** The page is closed and opened again: it knows nothing and reads from the beginning. */
  reload(): void {
    this.#page.abort();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    this.#page.abort();
    await this.#ended;
  }

  async #live(): Promise<void> {
    while (!this.#isOver) {
      this.#page = new AbortController();
      const generation = this.#options.generation();
      if (generation === this.#life) this.#record.rewind();
      else this.#record = new LogRecord();
      this.#life = generation;
      this.#state = emptySessionState(this.sessionId);
      const client = this.#client();
      try {
        for await (const event of client.session(this.sessionId).events({ signal: this.#page.signal }))
          this.#take(event);
      } catch (error) {
        await this.#lost(error, generation);
      } finally {
        client.close();
      }
    }
  }

  #take(event: AnyEvent): void {
    this.#count += 1;
    const wrong = this.#record.take(event);
    if (wrong !== undefined) this.#tell(wrong);
    this.#state = reduceSession(this.#state, event);
    if (event.seq % WINDOW_EVERY === 0) this.#state = windowSessionState(this.#state);
  }

  /** Reading ends by itself only where the session was deleted; then its next life is read from the beginning. */
  async #lost(error: unknown, generation: number): Promise<void> {
    await wait(PAUSE_MS); // the parent tells of a deletion before it deletes, by a way of its own
    const wasDeleted = generation % 2 === 1 || this.#options.generation() !== generation;
    if (!wasDeleted || !isPerdureError(error) || !ofDeletion.includes(error.code))
      this.#tell(`reading ended with ${String(error)}`);
    this.#life = undefined;
  }

  #tell(what: string): void {
    this.#options.onViolation(`${this.sessionId} over ${this.#options.transport}: ${what}`);
  }

  #client(): PerdureClient {
    const { url, transport } = this.#options;
    const sockets = this.#sockets;
    const tell = (wrong: string) => this.#tell(wrong);
    class CuttableSocket extends WebSocket {
      readonly #watch = new WireWatch();

      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols);
        sockets.add(this);
        this.on('message', (data) => {
          const wrong = this.#watch.take(String(data));
          if (wrong !== undefined) tell(wrong);
        });
        this.on('close', () => sockets.delete(this));
      }

      override send(data: string, ...rest: unknown[]): void {
        this.#watch.ask(data);
        Reflect.apply(super.send, this, [data, ...rest]);
      }
    }
    return createPerdureClient({
      url,
      WebSocket:
        transport === 'websocket' ? (CuttableSocket as unknown as typeof globalThis.WebSocket) : null,
      fetch: (input, init) => {
        const signals = [this.#streams.signal, ...(init?.signal ? [init.signal] : [])];
        return fetch(input, { ...init, signal: AbortSignal.any(signals) });
      },
    });
  }
}
