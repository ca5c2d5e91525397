import type { Hello } from '@perdure/protocol';
import { abortable } from './abortable.ts';
import type { ClientClock } from './client-clock.ts';
import { fullJitter } from './connection/full-jitter.ts';

/** What a server said of itself and of this client, asked once and kept. */
export interface Identity {
  /** Bytes that the server takes as a body, if it can be found out. */
  bodyLimit(): Promise<number | undefined>;
  /** Who this client is to the server. Waits until the server says it. */
  principal(signal: AbortSignal): Promise<string>;
  /** Someone else may have signed in. */
  forget(): void;
  /** It is worth asking now. */
  wake(): void;
}

export function createIdentity(clock: ClientClock, ask: () => Promise<Hello>): Identity {
  /** The last answer, or the one that is asked for. */
  let held: Promise<Hello> | undefined;
  /** Ends waits between attempts. */
  const waits = new Set<() => void>();

  /** Many ask at once, as when a page is loaded: one request serves them all. */
  async function hello(): Promise<Hello | undefined> {
    held ??= ask();
    const own = held;
    try {
      return await own;
    } catch {
      if (held === own) held = undefined;
      return undefined;
    }
  }

  const wait = (ms: number, signal: AbortSignal) =>
    abortable<void>(signal, (resolve) => {
      const callOff = clock.after(ms, resolve);
      waits.add(resolve);
      return () => {
        callOff();
        waits.delete(resolve);
      };
    });

  return {
    bodyLimit: async () => (await hello())?.limits['bodyBytes'],
    async principal(signal) {
      for (let failures = 1; ; failures += 1) {
        const id = (await hello())?.principal?.id;
        signal.throwIfAborted();
        if (id !== undefined) return id;
        held = undefined;
        await wait(fullJitter(failures, clock.random), signal);
      }
    },
    forget() {
      held = undefined;
    },
    wake() {
      for (const end of [...waits]) end();
    },
  };
}
