// G1. What is buffered and what is on its way there is at most `highWaterBytes` when a frame is let on.
// G2. Who waits is let on in the order in which it came; a wait ends with room, its signal or the stall.
// G3. The timer runs, and the socket is listened to, only while somebody waits.
import { closeCodes } from '@perdure/protocol';
import type { Clock } from '../session/clock.ts';
import type { SendGuard } from './send-guard.ts';
import { StallError } from './stall-error.ts';

/** What is watched of a socket. */
export interface GuardedSocket {
  /** Bytes that were given to it and have not left. */
  readonly bufferedAmount: number;
  /**
   * A number that changes as bytes leave, where there is a finer one: a large message stays whole in `bufferedAmount`
   * until its last byte is gone, which takes minutes on a slow link.
   */
  readonly unsentBytes?: number | undefined;
  /** A number that grows as the reader shows that it comes further, where it can: what the kernel has taken moves unseen. */
  readonly answers?: number | undefined;
  /** Calls the listener when the buffer is empty. The returned function takes it away. */
  onDrain(listener: () => void): () => void;
  close(code: number, reason: string): void;
}

export interface StallGuardOptions {
  readonly socket: GuardedSocket;
  readonly clock: Clock;
  /** With one frame of catch-up more, a socket buffers at most 256 KiB. */
  readonly highWaterBytes?: number | undefined;
  /** Longer than the pauses of a phone that changes cells. */
  readonly stallMs?: number | undefined;
}

interface Waiter {
  readonly bytes: number;
  readonly settle: (isIn: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** How often a socket with somebody waiting is looked at, beside its own news. */
const checkMs = 1_000;

/** Keeps a socket's buffer small and closes the socket as stalled when nothing moves in it any more. */
export class StallGuard implements SendGuard {
  readonly #socket: GuardedSocket;
  readonly #clock: Clock;
  readonly #highWaterBytes: number;
  readonly #stallMs: number;
  readonly #waiters = new Set<Waiter>();
  #bytesOnTheWay = 0;
  #stopWatching: (() => void) | undefined;
  #stall: StallError | undefined;

  constructor({ socket, clock, highWaterBytes, stallMs }: StallGuardOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#highWaterBytes = highWaterBytes ?? 229_376;
    this.#stallMs = stallMs ?? 10_000;
  }

  hasRoom(): boolean {
    return this.#socket.bufferedAmount + this.#bytesOnTheWay <= this.#highWaterBytes;
  }

  async enter(bytes: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#stall !== undefined) throw this.#stall;
    if (this.#waiters.size === 0 && this.hasRoom()) {
      this.#bytesOnTheWay += bytes;
      return true;
    }
    return this.#wait(bytes, signal);
  }

  leave(bytes: number): void {
    this.#bytesOnTheWay -= bytes;
    this.#letOn();
  }

  #wait(bytes: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const gone = () => waiter.settle(false);
      const leave = () => {
        signal.removeEventListener('abort', gone);
        this.#waiters.delete(waiter);
        if (this.#waiters.size === 0) this.#stopWatching?.();
      };
      const waiter: Waiter = {
        bytes,
        settle: (isIn) => {
          leave();
          resolve(isIn);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      signal.addEventListener('abort', gone, { once: true });
      this.#waiters.add(waiter);
      this.#watch();
    });
  }

  #letOn(): void {
    for (const waiter of this.#waiters) {
      if (!this.hasRoom()) return;
      this.#bytesOnTheWay += waiter.bytes;
      waiter.settle(true);
    }
  }

  #watch(): void {
    if (this.#stopWatching !== undefined) return;
    const socket = this.#socket;
    let movedAtMs = this.#clock.monotonic();
    let { bufferedAmount, unsentBytes, answers } = socket;
    let stopTimer: () => void = () => {};
    const check = () => {
      const nowMs = this.#clock.monotonic();
      // Others send meanwhile, such as the answer to a ping: only a drop of what is buffered says that bytes left.
      const hasMoved = socket.unsentBytes !== unsentBytes || socket.answers !== answers;
      if (socket.bufferedAmount < bufferedAmount || hasMoved) movedAtMs = nowMs;
      ({ bufferedAmount, unsentBytes, answers } = socket);
      if (nowMs - movedAtMs >= this.#stallMs) return this.#giveUp();
      stopTimer = this.#clock.timer(Math.min(checkMs, this.#stallMs), check);
      this.#letOn();
    };
    const stopListening = socket.onDrain(() => {
      movedAtMs = this.#clock.monotonic();
      this.#letOn();
    });
    this.#stopWatching = () => {
      this.#stopWatching = undefined;
      stopTimer();
      stopListening();
    };
    stopTimer = this.#clock.timer(Math.min(checkMs, this.#stallMs), check);
  }

  #giveUp(): void {
    this.#stall = new StallError(this.#stallMs);
    for (const waiter of this.#waiters) waiter.reject(this.#stall);
    this.#socket.close(closeCodes.stalled, 'stalled');
  }
}
