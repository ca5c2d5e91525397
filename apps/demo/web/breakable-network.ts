/** The network of this page with a switch: while it is off, sockets are cut and requests fail, as on a train. */
export interface BreakableNetwork {
  readonly fetch: typeof globalThis.fetch;
  readonly WebSocket: typeof globalThis.WebSocket;
  /** Cuts every socket and lets nothing through for so long. */
  drop(forMs: number): void;
}

interface Platform {
  readonly fetch: typeof globalThis.fetch;
  readonly WebSocket: typeof globalThis.WebSocket;
  readonly now: () => number;
}

const ofThisPage = (): Platform => ({
  fetch: globalThis.fetch.bind(globalThis),
  WebSocket: globalThis.WebSocket,
  now: () => performance.now(),
});

export function createBreakableNetwork(platform: Platform = ofThisPage()): BreakableNetwork {
  const sockets = new Set<WebSocket>();
  let offUntil = Number.NEGATIVE_INFINITY;
  const isOff = () => platform.now() < offUntil;

  class BreakableWebSocket extends platform.WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      // A socket can be refused only after it was asked for: it is closed before it opens.
      if (isOff()) return this.#cut();
      sockets.add(this);
      this.addEventListener('close', () => sockets.delete(this));
    }

    #cut(): this {
      this.close();
      return this;
    }
  }

  return {
    fetch: (input, init) =>
      isOff() ? Promise.reject(new TypeError('The network is switched off.')) : platform.fetch(input, init),
    WebSocket: BreakableWebSocket,
    drop(forMs) {
      offUntil = platform.now() + forMs;
      for (const socket of [...sockets]) socket.close();
    },
  };
}
