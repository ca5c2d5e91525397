import type { FrameSink, FrameText } from './client-hub.ts';
import { StallGuard, type StallGuardOptions } from './stall-guard.ts';

export interface SocketSinkOptions extends StallGuardOptions {
  readonly send: (text: string) => void;
  /** How a frame is written on this wire; without it, as its JSON. */
  readonly textOf?: ((frame: FrameText) => string) | undefined;
}

/** A sink that writes frames straight to a socket of its own. */
export class SocketSink implements FrameSink {
  readonly #send: (text: string) => void;
  readonly #guard: StallGuard;
  readonly #textOf: (frame: FrameText) => string;

  constructor({ send, textOf, ...options }: SocketSinkOptions) {
    this.#send = send;
    this.#guard = new StallGuard(options);
    this.#textOf = textOf ?? (({ json }) => json);
  }

  send(frame: FrameText): boolean {
    this.#send(this.#textOf(frame));
    return this.#guard.hasRoom();
  }

  async drained(signal: AbortSignal): Promise<void> {
    await this.#guard.enter(0, signal);
  }
}
