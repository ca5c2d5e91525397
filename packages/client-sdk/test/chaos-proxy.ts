import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface ChaosProxyOptions {
  /** True: answers every WebSocket upgrade with an error, as proxies do that know only HTTP. */
  readonly refusesUpgrades?: boolean;
  /** True: takes upgrades and never answers them. */
  readonly swallowsUpgrades?: boolean;
  /** How long each piece is held back. */
  readonly delayMs?: () => number;
}

/** A TCP proxy in front of a server that cuts, delays, stops and refuses as it is told. */
export class ChaosProxy {
  readonly #options: ChaosProxyOptions;
  readonly #server: Server;
  /** The port of the server behind it. */
  port = 0;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #isDown = false;
  /** Connections so far. */
  accepted = 0;
  cuts = 0;
  /** First lines of the requests that passed, as far as they begin a connection or follow one another in it. */
  readonly requestLines: string[] = [];

  private constructor(options: ChaosProxyOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#join(socket));
  }

  static async start(options: ChaosProxyOptions = {}): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Breaks every connection in the middle of whatever it carries. */
  cut(): void {
    for (const pair of [...this.#pairs]) {
      this.cuts += 1;
      for (const socket of pair) socket.destroy();
    }
  }

  /** Takes no connections, and has none. */
  goDown(): void {
    this.#isDown = true;
    this.cut();
  }

  comeUp(): void {
    this.#isDown = false;
  }

  /** Keeps every connection and lets nothing through, as a pulled cable does. */
  freeze(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  async close(): Promise<void> {
    this.goDown();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket): void {
    if (this.#isDown) return void near.destroy();
    this.accepted += 1;
    const far = connect(this.port, '127.0.0.1');
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.on('data', (data) => this.#pass(data, near, far, true));
    far.on('data', (data) => this.#pass(data, far, near, false));
  }

  #pass(data: Buffer, from: Socket, to: Socket, isRequest: boolean): void {
    if (isRequest) {
      const head = data.toString('latin1');
      const [line = ''] = head.split('\r\n');
      if (/^[A-Z]+ \S+ HTTP\/1\.1$/.test(line)) this.requestLines.push(line);
      if (/\r\nupgrade: websocket/i.test(head)) {
        if (this.#options.swallowsUpgrades) return;
        if (this.#options.refusesUpgrades)
          return void from.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      }
    }
    const delay = this.#options.delayMs?.() ?? 0;
    if (delay === 0) return void to.write(data);
    from.pause();
    setTimeout(() => {
      if (!to.destroyed) to.write(data);
      from.resume();
    }, delay);
  }
}
