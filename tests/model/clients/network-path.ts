import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** `deaf`: what the server says is lost on the way; `broken`: nothing gets through and nothing connects. */
type Condition = 'whole' | 'deaf' | 'broken';

/** The way of one client to the server, which breaks when a test says so. */
export class NetworkPath implements Disposable {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #open = new Set<() => void>();
  #condition: Condition = 'whole';
  #lastWords: string | undefined;

  private constructor(target: () => number) {
    this.#target = target;
    this.#server = createServer((near) => this.#take(near));
  }

  static async to(target: () => number): Promise<NetworkPath> {
    const path = new NetworkPath(target);
    path.#server.listen(0, '127.0.0.1');
    await once(path.#server, 'listening');
    return path;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get isWhole(): boolean {
    return this.#condition === 'whole';
  }

  /** Ends every connection in the middle of what it carries. */
  cut(): void {
    for (const end of [...this.#open]) end();
  }

  /** What is sent arrives; what is answered does not, on any connection, and no end of one is told. */
  deafen(): void {
    if (this.#condition === 'whole') this.#condition = 'deaf';
  }

  /** As soon as this was sent. */
  deafenAt(words: string): void {
    this.#lastWords = words;
  }

  break(): void {
    this.#condition = 'broken';
    this.cut();
  }

  /** Connections of a bad time do not come to life again: they are lost, and new ones are good. */
  mend(): void {
    this.#lastWords = undefined;
    if (this.#condition === 'whole') return;
    this.#condition = 'whole';
    this.cut();
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#server.close();
  }

  #take(near: Socket): void {
    if (this.#condition === 'broken') {
      near.destroy();
      return;
    }
    const far = connect(this.#target(), '127.0.0.1');
    const end = () => {
      this.#open.delete(end);
      near.destroy();
      far.destroy();
    };
    this.#open.add(end);
    // A deaf client hears neither words nor the end of them.
    const endUnlessDeaf = () => this.#condition !== 'deaf' && end();
    near.on('error', end).on('close', end);
    far.on('error', endUnlessDeaf).on('close', endUnlessDeaf);
    near.on('data', (chunk: Buffer) => {
      if (this.#lastWords !== undefined && chunk.includes(this.#lastWords)) this.deafen();
      far.write(this.#addressed(chunk));
    });
    far.on('data', (chunk) => {
      if (this.#condition === 'deaf' || near.write(chunk)) return;
      far.pause();
      near.once('drain', () => far.resume());
    });
  }

  /** As reverse proxies do, it asks for the server by the server's own name. */
  #addressed(chunk: Buffer): Buffer {
    if (!chunk.includes(' HTTP/1.1\r\n')) return chunk;
    const text = chunk.toString('latin1'); // every byte is a character, and comes out as it went in
    return Buffer.from(text.replace(/^host: .*$/im, `host: 127.0.0.1:${this.#target()}`), 'latin1');
  }
}
