/** In the place of a close code: the socket was given up here, because nothing came. */
export const SILENT = 0;

export interface Taps {
  /** To be used in place of the class that was given. */
  readonly WebSocket: typeof globalThis.WebSocket;
  /** Closes the newest socket, also while it is still opening. */
  close(): void;
  send(text: string): void;
}

/**
 * Watches the newest socket made with a class: `lost` is told when it was closed by anyone, or is being closed. The latter
 * matters when the network is gone: then nobody answers the closing, and the close event is minutes away. One that is made
 * when all is over is closed.
 */
export function tapWebSocket(
  Base: typeof globalThis.WebSocket,
  lost: (code: number | undefined) => void,
  isOver: () => boolean,
): Taps {
  let newest: WebSocket | undefined;

  class TappedWebSocket extends Base {
    constructor(...args: ConstructorParameters<typeof globalThis.WebSocket>) {
      super(...args);
      newest = this;
      this.addEventListener('close', ({ code }) => this.#over(code));
      this.addEventListener('error', () => this.#over(undefined));
      if (isOver()) this.close(); // tRPC had begun to make it, and forgot that
    }

    override close(code?: number, reason?: string): void {
      super.close(code, reason);
      this.#over(code ?? SILENT); // `ws` closes its own side with the code that the server gave
    }

    #over(code: number | undefined): void {
      if (newest === this) lost(code);
    }
  }

  return { WebSocket: TappedWebSocket, close: () => newest?.close(), send: (text) => newest?.send(text) };
}
