/** The network of this page with a switch: while it is off, what is open breaks and nothing new comes through, as in a tunnel. */
export interface BreakableNetwork {
  readonly fetch: typeof globalThis.fetch;
  readonly WebSocket: typeof globalThis.WebSocket;
  /** Breaks all that is open, and lets nothing through for so long. */
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
  let requests = new AbortController();
  let offUntil = Number.NEGATIVE_INFINITY;
  const isOff = () => platform.now() < offUntil;

  class BreakableWebSocket extends platform.WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      // One can be refused only after it was asked for. Not `this.close`: a class that extends this one is not ready yet.
      if (isOff()) super.close();
      else sockets.add(this);
      this.addEventListener('close', () => sockets.delete(this));
    }
  }

  return {
    async fetch(input, init) {
      if (isOff()) throw noNetwork();
      const own = init?.signal ?? (input instanceof Request ? input.signal : undefined);
      const signals = own === undefined ? [requests.signal] : [own, requests.signal];
      return platform.fetch(input, { ...init, signal: AbortSignal.any(signals) });
    },
    WebSocket: BreakableWebSocket,
    drop(forMs) {
      offUntil = platform.now() + forMs;
      for (const socket of [...sockets]) socket.close();
      requests.abort(noNetwork());
      requests = new AbortController();
    },
  };
}

/** What `fetch` itself throws where there is no network. */
function noNetwork(): TypeError {
  return new TypeError('The network is switched off.');
}
