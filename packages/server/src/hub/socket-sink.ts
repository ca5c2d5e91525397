import type { FrameSink, FrameText } from './client-hub.ts';
import { type GuardedSocket, StallGuard, type StallGuardOptions } from './stall-guard.ts';

export interface SendingSocket extends GuardedSocket {
  send(text: string): void;
}

export interface SocketSinkOptions extends Omit<StallGuardOptions, 'socket'> {
  readonly socket: SendingSocket;
  /** How a frame is written on this wire; without it, as its JSON. */
  readonly textOf?: ((frame: FrameText) => string) | undefined;
}

/** A sink that writes frames straight to a socket of its own. */
export class SocketSink implements FrameSink {
  readonly #socket: SendingSocket;
  readonly #guard: StallGuard;
  readonly #textOf: (frame: FrameText) => string;

  constructor({ textOf, ...options }: SocketSinkOptions) {
    this.#socket = options.socket;
    this.#guard = new StallGuard(options);
    this.#textOf = textOf ?? (({ json }) => json);
  }

  send(frame: FrameText): boolean {
    this.#socket.send(this.#textOf(frame));
    return this.#guard.hasRoom();
  }

  async drained(signal: AbortSignal): Promise<void> {
    await this.#guard.enter(0, signal);
  }
}
