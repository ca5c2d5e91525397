import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { FaultyWay, type WayFaults } from './faulty-way.ts';

export interface ConnectionFaults {
  /** From the client to the server. */
  readonly up?: WayFaults | undefined;
  /** From the server to the client. */
  readonly down?: WayFaults | undefined;
}

export interface ProxiedConnection {
  readonly up: FaultyWay;
  readonly down: FaultyWay;
  readonly isOpen: boolean;
  /** Ends it in the middle of whatever it carries; `reset`: as a machine does that was restarted meanwhile. */
  cut(how?: 'end' | 'reset'): void;
}

export interface FaultyProxyOptions {
  /** The port of the server behind it. */
  readonly target?: number;
  /**
   * What happens to a connection, by its number from 0 and by how its first request begins; without it what was `set`. It
   * is asked when that request comes.
   */
  readonly faultsOf?: (number: number, request: string) => ConnectionFaults | undefined;
  readonly isRecorded?: boolean;
}

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The port of the server behind it. */
  target: number;
  /** All there have been, in the order in which they came. */
  readonly connections: readonly ProxiedConnection[];
  /** Changes what happens to the connections there are and to those that come. */
  set(faults: ConnectionFaults): void;
  /** The connection of a number, as soon as it is there. */
  connection(number: number): Promise<ProxiedConnection>;
  /** Cuts an open connection; any one, by a number in [0, 1). Waits until there is one. */
  cut(which: number): Promise<void>;
  /** Cuts all there are. */
  cutAll(how?: 'end' | 'reset'): void;
  readonly cuts: number;
}

/** A network between clients and a server whose faults a test chooses, for each way, while connections live. */
export async function faultyProxy(options: FaultyProxyOptions = {}): Promise<FaultyProxy> {
  const connections: Connection[] = [];
  const open = new Set<Connection>();
  let current: ConnectionFaults = {};
  let cuts = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const number = connections.length;
    const connection = new Connection({
      near,
      port: proxy.target,
      faults: current,
      faultsOf: (request) => options.faultsOf?.(number, request) ?? {},
      isRecorded: options.isRecorded === true,
      onClosed: () => open.delete(connection),
    });
    connections.push(connection);
    open.add(connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cutOf = (connection: Connection | undefined, how?: 'end' | 'reset') => {
    if (connection?.isOpen !== true) return;
    connection.cut(how);
    cuts += 1;
  };
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${port}`,
    port,
    target: options.target ?? 0,
    connections,
    set: (faults) => {
      current = { up: { ...current.up, ...faults.up }, down: { ...current.down, ...faults.down } };
      for (const { up, down } of open) {
        up.set(faults.up ?? {});
        down.set(faults.down ?? {});
      }
    },
    connection: async (number) => {
      for (;;) {
        const found = connections[number];
        if (found !== undefined) return found;
        await once(server, 'connection');
      }
    },
    cut: async (which) => {
      while (open.size === 0) await once(server, 'connection');
      cutOf([...open][Math.floor(which * open.size)]);
    },
    cutAll: (how) => {
      for (const connection of [...open]) cutOf(connection, how);
    },
    get cuts() {
      return cuts;
    },
    [Symbol.asyncDispose]: async () => {
      for (const connection of [...open]) connection.cut();
      server.close();
    },
  };
  return proxy;
}

interface ConnectionOptions {
  readonly near: Socket;
  readonly port: number;
  readonly faults: ConnectionFaults;
  faultsOf(request: string): ConnectionFaults;
  readonly isRecorded: boolean;
  onClosed(): void;
}

/** C1. An error of either peer ends both, unless a black hole lies between them; a half that ends is passed on as that. */
class Connection implements ProxiedConnection {
  readonly up: FaultyWay;
  readonly down: FaultyWay;
  readonly #sockets: readonly [near: Socket, far: Socket];
  readonly #onClosed: () => void;
  #isOpen = true;

  constructor({ near, port, faults, faultsOf, isRecorded, onClosed }: ConnectionOptions) {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#sockets = [near, far];
    this.#onClosed = onClosed;
    // Before the ways hear of it.
    near.once('data', (first: Buffer) => {
      const own = faultsOf(first.toString('latin1'));
      this.up.set(own.up ?? {});
      this.down.set(own.down ?? {});
    });
    const wayOf = (from: Socket, to: Socket, own: WayFaults = {}) =>
      new FaultyWay({ from, to, faults: own, isRecorded, onCut: () => this.cut() });
    this.up = wayOf(near, far, faults.up);
    this.down = wayOf(far, near, faults.down);
    this.#watch(near, far, this.up);
    this.#watch(far, near, this.down);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  cut(how: 'end' | 'reset' = 'end'): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.up.stop();
    this.down.stop();
    for (const socket of this.#sockets) {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.destroySoon();
    }
    this.#onClosed();
  }

  #watch(socket: Socket, other: Socket, way: FaultyWay): void {
    let failed = false;
    socket.on('error', () => {
      failed = true;
    });
    socket.on('close', () => {
      if (!this.#isOpen || way.faults.isBlackHole) return;
      if (failed) this.cut('reset');
      else if (other.destroyed) this.cut();
    });
  }
}
