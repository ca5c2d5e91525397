import type { Hello } from '@perdure/protocol';
import { abortable } from './abortable.ts';
import type { ClientClock } from './client-clock.ts';
import { fullJitter } from './connection/full-jitter.ts';

/** What a server said of itself and of this client, asked once and kept. */
export class Identity {
  readonly #clock: ClientClock;
  readonly #ask: () => Promise<Hello>;
  /** The last answer, or the one that is asked for. */
  #held: Promise<Hello> | undefined;
  /** Ends waits between attempts. */
  readonly #waits = new Set<() => void>();

  constructor(clock: ClientClock, ask: () => Promise<Hello>) {
    this.#clock = clock;
    this.#ask = ask;
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
      this.forget();
      await this.#wait(fullJitter(failures, this.#clock.random), signal);
    }
  }

  /** Someone else may have signed in. */
  forget(): void {
    this.#held = undefined;
  }

  /** It is worth asking now. */
  wake(): void {
    for (const end of [...this.#waits]) end();
  }

  #once(): Promise<Hello> {
    // Many ask at once, as when a page is loaded: one request serves them all.
    const held = this.#held ?? this.#ask();
    this.#held = held;
    held.catch(() => {
      if (this.#held === held) this.#held = undefined;
    });
    return held;
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return abortable<void>(signal, (resolve) => {
      const callOff = this.#clock.after(ms, resolve);
      this.#waits.add(resolve);
      return () => {
        callOff();
        this.#waits.delete(resolve);
      };
    });
  }
}
