import type { IncomingMessage } from 'node:http';
import { PerdureError } from '@perdure/protocol';
import type { Contract } from '@perdure/protocol/schemas';
import type { RouterOf } from '@perdure/protocol/trpc';
import { getWSConnectionHandler } from '@trpc/server/adapters/ws';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Release } from '../access/limiter.ts';
import type { Limits } from '../access/limits.ts';
import { guardedWebSocket } from '../hub/guarded-web-socket.ts';
import { spliceEncoder } from '../hub/prepared-frame.ts';
import { StallGuard } from '../hub/stall-guard.ts';
import type { Clock } from '../session/clock.ts';
import type { Caller } from './caller.ts';
import { limitExceeded } from './error-answers.ts';
import { sendErrorFrames } from './error-frames.ts';
import { HEARTBEAT_MS } from './implement-contract.ts';
import { parseJson } from './parse-json.ts';
import { ReadingHolds } from './reading-holds.ts';
import { ReadingPings } from './reading-pings.ts';
import type { CallId } from './socket-call.ts';
import { SocketCalls } from './socket-calls.ts';
import { type SocketFace, socketFaceOf } from './socket-face.ts';

// P1. Once a client asks while more is on its way to it than it takes, nothing is read from it: who asks and does not listen
//     is asked to listen first. One that asks nothing is heard: how far it has read, it can only say itself. Whatever it
//     says, it is given up as stalled when nothing moves.
// P2. Whoever sends far over the rate is not refused for ever: what one packet holds is thousands of messages.
// P3. A client shows that it is there by answers and calls, not by pings: these come through also when nothing of ours
//     reaches it.

export interface RpcSocketParts {
  readonly router: RouterOf<Contract, Caller>;
  readonly limits: Limits;
  readonly clock: Clock;
}

export interface RpcSocketOpening {
  readonly ws: WebSocket;
  readonly server: WebSocketServer;
  readonly request: IncomingMessage;
  readonly caller: Caller;
  /** Ends the socket: nothing was taken from its buffer for too long. */
  close(code: number, reason: string): void;
  /** Ends the socket for a reason that its calls are told. */
  end(error: PerdureError): void;
}

/** A client that keeps quiet for longer than this after a ping is gone: a 20 kB/s link needs seconds for a queued frame. */
const PONG_WAIT_MS = 20_000;

/** Messages over the rate, less those within it; a client that opens many calls at once, one by one, has far fewer. */
const MOST_LATE = 500;

/** tRPC over a socket whose client is known: counts what comes, hands it to the router's adapter, and knows what is open. */
export class RpcSocket {
  readonly #opening: RpcSocketOpening;
  readonly #ws: WebSocket;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #calls: SocketCalls;
  readonly #face: SocketFace;
  readonly #sendGuard: StallGuard;
  readonly #reading: ReadingHolds;
  readonly #ended = new AbortController();
  /** What the router's adapter decodes next. */
  #admitted: unknown;
  #late = 0;
  #endLateHold: Release = () => {};
  #isFull = false;
  #endFullHold: Release = () => {};

  constructor(opening: RpcSocketOpening, { router, limits, clock }: RpcSocketParts) {
    const { ws, server, request, caller } = opening;
    this.#opening = opening;
    this.#ws = ws;
    this.#clock = clock;
    this.#limits = limits;
    this.#calls = new SocketCalls(limits);
    const pings = new ReadingPings(ws);
    this.#face = socketFaceOf(ws, request.socket, (bytes) => pings.sent(bytes));
    this.#reading = new ReadingHolds(ws);
    const watched = {
      get bufferedAmount() {
        return ws.bufferedAmount;
      },
      get answers() {
        return pings.answers;
      },
      close: (code: number, reason: string) => opening.close(code, reason),
    };
    const sendGuard = new StallGuard({ socket: guardedWebSocket(watched, request.socket), clock });
    this.#sendGuard = sendGuard;
    const serve = getWSConnectionHandler({
      wss: server,
      router,
      createContext: () => ({ ...caller, sendGuard }),
      keepAlive: { enabled: true, pingMs: HEARTBEAT_MS, pongWaitMs: PONG_WAIT_MS },
      experimental_encoder: {
        encode: (message) => {
          this.#noteAnswer(message);
          return spliceEncoder.encode(message);
        },
        decode: () => this.#admitted,
      },
      onError: () => {}, // without it tRPC writes to the console; what failed was logged when it was told
    });
    serve(this.#face.socket, withoutQuery(request));
    // ws answers pings by itself. Both cost as much as a message, and no client of ours sends any unasked.
    ws.on('ping', () => {
      this.#count();
      this.#watchRoom();
    });
    ws.on('pong', (text) => {
      if (!pings.take(text)) this.#count();
    });
  }

  get openIds(): readonly CallId[] {
    return this.#calls.openIds;
  }

  receive(data: Buffer, isBinary: boolean): void {
    const lateMs = this.#count();
    if (!this.#isEnded) this.#hear(data, isBinary, lateMs);
  }

  get #isEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Ends its subscriptions. */
  close(): void {
    this.#ended.abort();
    this.#endLateHold();
    this.#face.close();
  }

  #hear(data: Buffer, isBinary: boolean, lateMs: number): void {
    const text = isBinary ? '' : data.toString('utf8');
    if (text === 'PING')
      this.#ws.send('PONG'); // P3
    else if (text === 'PONG') this.#face.receive(data);
    else {
      this.#hearCalls(data, text, lateMs);
      this.#waitForRoom();
    }
    this.#watchRoom(); // also of what answers PINGs, and of what came after the last call
  }

  #hearCalls(data: Buffer, text: string, lateMs: number): void {
    const parsed = parseJson(text);
    if (parsed === undefined) {
      sendErrorFrames(this.#ws, new PerdureError('malformed-json', 'The message is not JSON.'), []);
      return;
    }
    const { message, refused } = this.#calls.admit(parsed, lateMs);
    for (const { id, error } of refused) sendErrorFrames(this.#ws, error, id === null ? [] : [id]);
    if (message === undefined) return;
    this.#admitted = message;
    this.#face.receive(data);
    this.#admitted = undefined;
  }

  /** Counts a message; returns how late it has to be, 0 if it is within the rate. */
  #count(): number {
    if (this.#isEnded) return 0;
    const lateMs = this.#calls.take(this.#clock.monotonic());
    if (lateMs === 0) {
      // By one alone: of what one packet holds, one message is always in time.
      this.#late = Math.max(0, this.#late - 1);
      return 0;
    }
    this.#late += 1;
    if (this.#late > MOST_LATE)
      this.#endFlood(lateMs); // P2
    else this.#holdFor(lateMs);
    return lateMs;
  }

  #holdFor(pauseMs: number): void {
    this.#endLateHold();
    const release = this.#reading.hold();
    const stopTimer = this.#clock.timer(pauseMs, release);
    this.#endLateHold = () => {
      stopTimer();
      release();
    };
  }

  #endFlood(lateMs: number): void {
    const max = this.#limits.socketMessagesPerSecond;
    this.#opening.end(
      limitExceeded({
        limit: 'socketMessagesPerSecond',
        max,
        current: max + this.#late,
        retryAfterMs: lateMs,
      }),
    );
  }

  /** P1: from here on it is watched whether anything moves. */
  #watchRoom(): void {
    if (this.#isFull || this.#isEnded || this.#sendGuard.hasRoom()) return;
    this.#isFull = true;
    this.#sendGuard.enter(0, this.#ended.signal).then(
      () => {
        this.#isFull = false;
        this.#endFullHold();
      },
      () => {}, // it is being closed as stalled
    );
  }

  /** P1: who asked is not read from. */
  #waitForRoom(): void {
    this.#watchRoom();
    if (!this.#isFull) return;
    this.#endFullHold();
    this.#endFullHold = this.#reading.hold();
  }

  #noteAnswer(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('id' in message)) return;
    const result = 'result' in message ? message.result : undefined;
    const isStopped =
      typeof result === 'object' && result !== null && Reflect.get(result, 'type') === 'stopped';
    this.#calls.answered(message.id, isStopped || 'error' in message);
  }
}

/** The router's adapter would wait for connectionParams of its own. */
function withoutQuery(request: IncomingMessage): IncomingMessage {
  return Object.create(request, { url: { value: '/' } }) as IncomingMessage;
}
