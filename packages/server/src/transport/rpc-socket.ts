import type { IncomingMessage } from 'node:http';
import { PerdureError } from '@perdure/protocol';
import type { Contract } from '@perdure/protocol/schemas';
import type { RouterOf } from '@perdure/protocol/trpc';
import { getWSConnectionHandler } from '@trpc/server/adapters/ws';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Limits } from '../access/limits.ts';
import { guardedWebSocket } from '../hub/guarded-web-socket.ts';
import { spliceEncoder } from '../hub/prepared-frame.ts';
import { StallGuard } from '../hub/stall-guard.ts';
import type { Clock } from '../session/clock.ts';
import type { Caller } from './caller.ts';
import { sendErrorFrames } from './error-frames.ts';
import { HEARTBEAT_MS } from './implement-contract.ts';
import { parseJson } from './parse-json.ts';
import { type CallId, SocketCalls } from './socket-calls.ts';
import { type SocketFace, socketFaceOf } from './socket-face.ts';

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
}

/** A client that keeps quiet for longer than this after a ping is gone: a 20 kB/s link needs seconds for a queued frame. */
const PONG_WAIT_MS = 20_000;

/** tRPC over a socket whose client is known: counts what comes, hands it to the router's adapter, and knows what is open. */
export class RpcSocket {
  readonly #ws: WebSocket;
  readonly #clock: Clock;
  readonly #calls: SocketCalls;
  readonly #face: SocketFace;
  /** What the router's adapter decodes next. */
  #admitted: unknown;
  #stopPause: () => void = () => {};

  constructor(opening: RpcSocketOpening, { router, limits, clock }: RpcSocketParts) {
    const { ws, server, request, caller } = opening;
    this.#ws = ws;
    this.#clock = clock;
    this.#calls = new SocketCalls(limits);
    this.#face = socketFaceOf(ws);
    const watched = {
      get bufferedAmount() {
        return ws.bufferedAmount;
      },
      close: (code: number, reason: string) => opening.close(code, reason),
    };
    const sendGuard = new StallGuard({ socket: guardedWebSocket(watched, request.socket), clock });
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
  }

  get openIds(): readonly CallId[] {
    return this.#calls.openIds;
  }

  receive(data: Buffer, isBinary: boolean): void {
    const lateMs = this.#calls.take(this.#clock.monotonic());
    if (lateMs > 0) this.#pause(lateMs);
    const text = isBinary ? '' : data.toString('utf8');
    if (text === 'PING' || text === 'PONG') {
      this.#face.receive(data);
      return;
    }
    const parsed = parseJson(text);
    if (parsed === undefined) {
      sendErrorFrames(this.#ws, new PerdureError('malformed-json', 'The message is not JSON.'), []);
      return;
    }
    const { message, refused } = this.#calls.admit(parsed, lateMs);
    for (const { id, error } of refused) sendErrorFrames(this.#ws, error, [id]);
    if (message === undefined) return;
    this.#admitted = message;
    this.#face.receive(data);
    this.#admitted = undefined;
  }

  /** Ends its subscriptions. */
  close(): void {
    this.#stopPause();
    this.#face.close();
  }

  #pause(pauseMs: number): void {
    this.#stopPause();
    this.#ws.pause();
    this.#stopPause = this.#clock.timer(pauseMs, () => this.#ws.resume());
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
