// W1. What is passed on is what came, in its order, but for what a fault takes or changes; `passedBytes` counts it.
// W2. A black hole passes nothing on, not even an end: both peers see a connection that is open.
// W3. At most `MOST_HELD_BYTES` and one read are held; beyond them the sender is not read from.
import type { Socket } from 'node:net';

/** What happens to the bytes of one way. */
export interface WayFaults {
  /** Every byte comes so much later. */
  readonly delayMs?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
  /** Bytes go out in pieces of at most so many. */
  readonly pieceBytes?: number | undefined;
  /** The connection is cut after exactly so many bytes of this way. */
  readonly cutAfterBytes?: number | undefined;
  /** Everything is taken and nothing passed on. */
  readonly isBlackHole?: boolean | undefined;
  /** Nothing is read and nothing passed on, so that the buffers of the sender fill. */
  readonly isStalled?: boolean | undefined;
  /** Bits of one byte are flipped: its place in this way, from 0, and which bits. */
  readonly flip?: { readonly at: number; readonly mask: number } | undefined;
  /** Puts other bytes in the place of those that come: told of all of them, in order, in whatever pieces. */
  readonly rewrite?: ((bytes: Buffer) => Buffer) | undefined;
}

export interface FaultyWayOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly faults: WayFaults;
  /** What passes is kept. */
  readonly isRecorded: boolean;
  /** `cutAfterBytes` were passed on. */
  onCut(): void;
}

interface Held {
  bytes: Buffer;
  readonly dueMs: number;
}

/** For a link of 2 s at a megabit. */
const MOST_HELD_BYTES = 262_144;
/** A throttled link moves so often that it looks like a slow one and not like one that stops and goes. */
const STEP_MS = 50;

/** One way of one connection. */
export class FaultyWay {
  readonly #options: FaultyWayOptions;
  readonly #recorded: Buffer[] = [];
  #faults: WayFaults;
  #held: Held[] = [];
  #heldBytes = 0;
  #hasSourceEnded = false;
  #isOver = false;
  #passedBytes = 0;
  /** When a throttled link can take the next piece. */
  #freeAtMs = 0;
  #wake: () => void = () => {};

  constructor(options: FaultyWayOptions) {
    this.#options = options;
    this.#faults = options.faults;
    const { from, to } = options;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => {
      this.#hasSourceEnded = true;
      this.#wake();
    });
    to.on('drain', () => this.#wake());
    this.#heed();
    void this.#pass();
  }

  get faults(): WayFaults {
    return this.#faults;
  }

  get passedBytes(): number {
    return this.#passedBytes;
  }

  /** All that was passed on, if it is recorded. */
  get recorded(): Buffer {
    return Buffer.concat(this.#recorded);
  }

  /** Changes some of what happens, at once. */
  set(faults: WayFaults): void {
    this.#faults = { ...this.#faults, ...faults };
    this.#heed();
    this.#wake();
  }

  /** Puts bytes of one's own on this way, before what is still to come. */
  inject(bytes: Buffer): void {
    this.#write(bytes);
  }

  /** Ends this way, and not the other. */
  halfClose(): void {
    this.#options.to.end();
  }

  /** The connection is gone. */
  stop(): void {
    this.#isOver = true;
    this.#held = [];
    this.#wake();
  }

  #take(bytes: Buffer): void {
    if (this.#isOver || this.#faults.isBlackHole) return; // W2
    const { delayMs = 0, rewrite } = this.#faults;
    const rewritten = rewrite?.(bytes) ?? bytes;
    this.#held.push({ bytes: rewritten, dueMs: performance.now() + delayMs });
    this.#heldBytes += rewritten.length;
    this.#heed();
    this.#wake();
  }

  #heed(): void {
    const { from } = this.#options;
    const isReading = !this.#faults.isStalled && this.#heldBytes < MOST_HELD_BYTES; // W3
    if (isReading) from.resume();
    else from.pause();
  }

  async #pass(): Promise<void> {
    while (!this.#isOver) {
      if (this.#faults.isBlackHole) this.#drop();
      const { isStalled = false } = this.#faults;
      const next = isStalled ? undefined : this.#held[0];
      const waitMs =
        next === undefined ? undefined : Math.max(next.dueMs, this.#freeAtMs) - performance.now();
      if (next === undefined && this.#hasSourceEnded && !this.#faults.isBlackHole && !isStalled) {
        this.halfClose();
        return;
      }
      if (waitMs === undefined || waitMs > 0) await this.#woken(waitMs);
      else if (this.#options.to.writableNeedDrain) await this.#woken(undefined);
      else if (next !== undefined) this.#passPiece(next);
    }
  }

  #passPiece(next: Held): void {
    const { bytesPerSecond, pieceBytes, cutAfterBytes } = this.#faults;
    const perStep =
      bytesPerSecond === undefined ? undefined : Math.max(1, (bytesPerSecond * STEP_MS) / 1_000);
    const leftBytes = cutAfterBytes === undefined ? undefined : cutAfterBytes - this.#passedBytes;
    const size = Math.floor(
      Math.min(next.bytes.length, ...[perStep, pieceBytes, leftBytes].map((bound) => bound ?? Infinity)),
    );
    const piece = next.bytes.subarray(0, size);
    next.bytes = next.bytes.subarray(size);
    if (next.bytes.length === 0) this.#held.shift();
    this.#heldBytes -= size;
    this.#heed();
    if (bytesPerSecond !== undefined) {
      this.#freeAtMs = Math.max(this.#freeAtMs, performance.now()) + (size / bytesPerSecond) * 1_000;
    }
    if (size > 0) this.#write(piece);
    if (cutAfterBytes !== undefined && this.#passedBytes >= cutAfterBytes) this.#options.onCut();
  }

  #write(piece: Buffer): void {
    const { to, isRecorded } = this.#options;
    if (this.#isOver || to.destroyed || to.writableEnded) return;
    const { flip } = this.#faults;
    const at = flip === undefined ? -1 : flip.at - this.#passedBytes;
    const sent = at >= 0 && at < piece.length ? Buffer.from(piece) : piece;
    if (sent !== piece && flip !== undefined) sent[at] = (sent[at] ?? 0) ^ flip.mask;
    this.#passedBytes += sent.length;
    if (isRecorded) this.#recorded.push(sent);
    to.write(sent);
  }

  #drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#heed();
  }

  #woken(afterMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = afterMs === undefined ? undefined : setTimeout(resolve, afterMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
