import type { Hello } from '@perdure/protocol';
import type { ClientClock } from './client-clock.ts';
import { fullJitter } from './connection/full-jitter.ts';
import type { CallOptions } from './perdure-client.ts';

/** What a server said of itself and of this client, asked once and kept. */
export class Identity {
  readonly #clock: ClientClock;
  readonly #ask: (options: CallOptions) => Promise<Hello>;
  #known: Hello | undefined;
  /** How often all was forgotten: an answer to the one before is not kept. */
  #life = 0;
  #asking: Promise<Hello> | undefined;
  /** Ends waits between attempts. */
  readonly #waits = new Set<() => void>();

  constructor(clock: ClientClock, ask: (options: CallOptions) => Promise<Hello>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Asks the server now. */
  async hello(options: CallOptions = {}): Promise<Hello> {
    const life = this.#life;
    const hello = await this.#ask(options);
    if (life === this.#life) this.#known = hello;
    return hello;
  }

  /** Bytes that the server takes as a body, if it can be found out. */
  async bodyLimit(): Promise<number | undefined> {
    const hello = await this.#once().catch(() => undefined);
    return hello?.limits['bodyBytes'];
  }

  /** Who this client is to the server. Waits until the server says it. */
  async principal(signal: AbortSignal): Promise<string> {
    for (let failures = 1; ; failures += 1) {
      const hello = await this.#once().catch(() => undefined);
      signal.throwIfAborted();
      const id = hello?.principal?.id;
      if (id !== undefined) return id;
      this.#known = undefined;
      await this.#wait(fullJitter(failures, this.#clock.random), signal);
    }
  }

  /** Someone else may have signed in. */
  forget(): void {
    this.#life += 1;
    this.#known = undefined;
    this.#asking = undefined;
  }

  /** It is worth asking now. */
  wake(): void {
    for (const end of [...this.#waits]) end();
  }

  #once(): Promise<Hello> {
    if (this.#known !== undefined) return Promise.resolve(this.#known);
    // Many ask at once, as when a page is loaded: one request serves them all.
    if (this.#asking === undefined) {
      const asking = this.hello().finally(() => {
        if (this.#asking === asking) this.#asking = undefined;
      });
      this.#asking = asking;
    }
    return this.#asking;
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (answer: () => void) => {
        callOff();
        this.#waits.delete(end);
        signal.removeEventListener('abort', abort);
        answer();
      };
      const end = () => settle(resolve);
      const abort = () => settle(() => reject(signal.reason));
      const callOff = this.#clock.after(ms, end);
      this.#waits.add(end);
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}
