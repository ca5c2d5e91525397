// W1. Each direction is in order; what is on its way to the client is what the server's end has buffered.
// W2. An end that was not told of the other's going learns it from a heartbeat that is not answered, and not before.
import type { SimProcess } from '../time/sim-process.ts';
import type { VirtualTime } from '../time/virtual-time.ts';

/** What one end of a wire hears. */
export interface WireEnd {
  heard(text: string): void;
  /** The wire is gone. Told once. */
  closed(code: number): void;
}

export interface WireOptions {
  readonly name: string;
  readonly time: VirtualTime;
  readonly client: SimProcess;
  readonly server: SimProcess;
  /** How long the next message takes. */
  readonly latencyMs: () => number;
  /** How long an end that was not told goes on before it notices: a ping and the wait for its answer. */
  readonly heartbeatMs: () => number;
}

/** What a wire does to the next frame to the client. */
export type FrameFault = 'cut-short' | 'lost';

/** Between two messages of one direction: of what happens at one moment, chance says what comes first. */
const IN_ORDER_MS = 0.001;

/** One WebSocket between a client and a server. */
export class Wire {
  readonly name: string;
  readonly server: SimProcess;
  readonly client: SimProcess;
  clientEnd: WireEnd | undefined;
  serverEnd: WireEnd | undefined;
  /** What the client hears although it has closed its end: an old connection that delivers late. */
  deliversLate = false;
  /** Told when a fault that was asked for has happened. */
  onFrameFault: ((fault: FrameFault) => void) | undefined;
  readonly #options: WireOptions;
  readonly #drains = new Set<() => void>();
  /** What is on its way to the client, in order. */
  readonly #down: (() => void)[] = [];
  /** Of it, what would have come already if the wire were not stalled. */
  #due = 0;
  #bufferedBytes = 0;
  #lastDownMs = 0;
  #lastUpMs = 0;
  #isStalled = false;
  /** Nothing gets through, and nobody is told. */
  #isSevered = false;
  #frameFault: FrameFault | undefined;

  constructor(options: WireOptions) {
    this.#options = options;
    this.name = options.name;
    this.server = options.server;
    this.client = options.client;
  }

  get isOpen(): boolean {
    return this.clientEnd !== undefined && this.serverEnd !== undefined && !this.#isSevered;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  onDrain(listener: () => void): () => void {
    this.#drains.add(listener);
    return () => this.#drains.delete(listener);
  }

  up(text: string): void {
    const { time, server, latencyMs } = this.#options;
    this.#lastUpMs = Math.max(this.#lastUpMs + IN_ORDER_MS, time.nowMs + latencyMs());
    time.at(this.#lastUpMs - time.nowMs, server, `up ${this.name}`, () => {
      if (!this.#isSevered) this.serverEnd?.heard(text);
    });
  }

  down(text: string, isFrame: boolean): void {
    this.#bufferedBytes += text.length;
    const fault = isFrame ? this.#frameFault : undefined;
    if (fault !== undefined) {
      this.#frameFault = undefined;
      this.onFrameFault?.(fault);
    }
    const deliver = () => {
      this.#left(text.length);
      if (fault === 'lost') return;
      this.clientEnd?.heard(fault === 'cut-short' ? text.slice(0, Math.floor(text.length * 0.6)) : text);
    };
    this.#schedule(deliver);
  }

  /** The client closes: the server hears of it, unless the wire is severed. */
  closeByClient(): void {
    if (!this.deliversLate) this.clientEnd = undefined;
    const { time, server, latencyMs, heartbeatMs } = this.#options;
    time.at(this.#isSevered ? heartbeatMs() : latencyMs(), server, `closed ${this.name}`, () =>
      this.#endServer(1005),
    );
  }

  /** The server closes: what it has sent before still comes first, unless the wire is severed or stalled. */
  closeByServer(code: number): void {
    this.serverEnd = undefined;
    const { time, client, heartbeatMs } = this.#options;
    const end = () => this.#endClient(code);
    if (this.#isSevered) time.at(heartbeatMs(), client, `closed ${this.name}`, () => this.#endClient(1006));
    else if (this.#isStalled) time.at(heartbeatMs(), client, `closed ${this.name}`, end);
    else this.#schedule(end);
  }

  /** Nothing gets through from now on. Those who are not told notice by themselves. */
  sever(told: { readonly client: boolean; readonly server: boolean }): void {
    if (this.#isSevered) return;
    this.#isSevered = true;
    const { time, client, server, latencyMs, heartbeatMs } = this.#options;
    const afterMs = (isTold: boolean) => (isTold ? latencyMs() : heartbeatMs());
    time.at(afterMs(told.client), client, `lost ${this.name}`, () => this.#endClient(1006));
    time.at(afterMs(told.server), server, `lost ${this.name}`, () => this.#endServer(1006));
  }

  /** Holds back what goes to the client. */
  stall(): void {
    this.#isStalled = true;
  }

  unstall(): void {
    this.#isStalled = false;
    for (; this.#due > 0; this.#due -= 1) this.#deliverLater();
  }

  spoilNextFrame(fault: FrameFault | undefined): void {
    this.#frameFault = fault;
  }

  #schedule(deliver: () => void): void {
    this.#down.push(deliver);
    if (this.#isStalled) this.#due += 1;
    else this.#deliverLater();
  }

  #deliverLater(): void {
    const { time, client, latencyMs } = this.#options;
    this.#lastDownMs = Math.max(this.#lastDownMs + IN_ORDER_MS, time.nowMs + latencyMs());
    time.at(this.#lastDownMs - time.nowMs, client, `down ${this.name}`, () => {
      if (this.#isSevered) return;
      if (this.#isStalled) this.#due += 1;
      else this.#down.shift()?.();
    });
  }

  #left(bytes: number): void {
    this.#bufferedBytes -= bytes;
    if (this.#bufferedBytes > 0 || this.#drains.size === 0) return;
    const { time, server } = this.#options;
    time.at(0, server, `drained ${this.name}`, () => {
      for (const listener of [...this.#drains]) listener();
    });
  }

  #endClient(code: number): void {
    const end = this.clientEnd;
    this.clientEnd = undefined;
    end?.closed(code);
  }

  #endServer(code: number): void {
    const end = this.serverEnd;
    this.serverEnd = undefined;
    end?.closed(code);
  }
}
