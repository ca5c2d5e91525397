import type { IncomingMessage } from 'node:http';
import { closeCodes, PerdureError } from '@perdure/protocol';
import type { Contract } from '@perdure/protocol/schemas';
import type { RouterOf } from '@perdure/protocol/trpc';
import { getWSConnectionHandler } from '@trpc/server/adapters/ws';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { Authenticator } from '../access/authenticator.ts';
import type { CredentialWatch } from '../access/credential-watch.ts';
import type { Limiter } from '../access/limiter.ts';
import type { Limits } from '../access/limits.ts';
import { guardedWebSocket } from '../hub/guarded-web-socket.ts';
import { spliceEncoder } from '../hub/prepared-frame.ts';
import { StallGuard } from '../hub/stall-guard.ts';
import type { Clock } from '../session/clock.ts';
import { authenticateCaller, bearerToken } from './authenticate-caller.ts';
import type { Caller } from './caller.ts';
import { type ErrorAnswers, limitExceeded } from './error-answers.ts';
import { type ConnectionParams, parseFirstMessage } from './first-message.ts';
import { HEARTBEAT_MS } from './implement-contract.ts';
import { checkProtocol, principalOf } from './leaf-guard.ts';
import { type CallId, callIdsOf, SocketCalls } from './socket-calls.ts';
import { type SocketFace, socketFaceOf } from './socket-face.ts';
import { trpcErrorShape } from './trpc-error-shape.ts';
import { unauthenticated } from './unauthenticated.ts';

// K1. Nothing that a socket sends reaches the router before its credential was accepted; until then it is not read from.
// K2. Before a socket ends by 4001, 4009 or a limit, every call it has open gets its error frame, or, if there is none, one
//     goes out under the id null: a plain tRPC client backs off only after an error.
// K3. However it ends, its subscriptions, timers, watches and places end with it, once.

export interface SocketParts {
  readonly router: RouterOf<Contract, Caller>;
  readonly authenticator: Authenticator;
  readonly credentials: CredentialWatch;
  readonly limiter: Limiter;
  readonly limits: Limits;
  readonly answers: ErrorAnswers;
  readonly clock: Clock;
}

export interface SocketOpening {
  readonly ws: WebSocket;
  readonly server: WebSocketServer;
  readonly request: IncomingMessage;
  readonly remoteAddress: string;
  /** Its URL said that connectionParams come first. */
  readonly isAnnounced: boolean;
  /** It is known now who it is, or that it is nobody. */
  onJudged(): void;
}

/** A client that keeps quiet for longer than this after a ping is gone: a 20 kB/s link needs seconds for a queued frame. */
const PONG_WAIT_MS = 20_000;

/** How long a refused client has to send the calls that are then answered one by one. */
const REFUSAL_WAIT_MS = 1_000;

/** Standard codes for "a fault here" and "try again later". */
const FAULT = 1011;
const TRY_LATER = 1013;

type Phase = 'announced' | 'judging' | 'open' | 'refused' | 'ended';

/** One WebSocket from its upgrade to its end. */
export class SocketConnection {
  readonly #opening: SocketOpening;
  readonly #parts: SocketParts;
  readonly #calls: SocketCalls;
  readonly #closed = new AbortController();
  readonly #endings: (() => void)[] = [];
  #phase: Phase = 'announced';
  /** What came in the same packet as the connectionParams, before reading stopped. */
  #early: Buffer[] = [];
  #face: SocketFace | undefined;
  /** What the router's adapter decodes next. */
  #admitted: unknown;
  #refusal: { readonly error: PerdureError; readonly code: number } | undefined;

  constructor(opening: SocketOpening, parts: SocketParts) {
    this.#opening = opening;
    this.#parts = parts;
    this.#calls = new SocketCalls(parts.limits);
    const { ws, request } = opening;
    ws.on('error', () => {}); // a protocol error closes the socket, which is all there is to do
    ws.on('close', () => this.#finish());
    ws.on('message', (data: RawData, isBinary: boolean) => this.#hear(data, isBinary));
    if (opening.isAnnounced) this.#awaitParams();
    else {
      const { authorization, 'perdure-protocol': protocol } = headersOf(request);
      void this.#judge({ token: bearerToken(authorization), protocol });
    }
  }

  /** Ends the socket for a reason that its calls are told. */
  end(error: PerdureError, code: number): void {
    if (this.#phase === 'ended') return;
    this.#tell(error, this.#calls.openIds);
    this.#close(code, error.code);
  }

  /** The server restarts: the client comes back by itself. */
  restart(): void {
    this.#close(closeCodes.restart, 'restart');
  }

  #awaitParams(): void {
    const { limits, clock } = this.#parts;
    this.#endings.push(
      clock.timer(limits.handshakeTimeoutMs, () => {
        if (this.#phase === 'announced') this.end(unauthenticated('missing'), closeCodes.unauthenticated);
      }),
    );
  }

  #hear(data: RawData, isBinary: boolean): void {
    if (!Buffer.isBuffer(data)) return; // ws hands out buffers unless told otherwise
    switch (this.#phase) {
      case 'announced':
        this.#hearParams(data);
        return;
      case 'judging':
        // At most what one packet held: reading has stopped.
        this.#early.push(data);
        return;
      case 'open':
        this.#receive(data, isBinary);
        return;
      case 'refused':
        this.#answerRefused(data);
        return;
      case 'ended':
        return;
      default:
        this.#phase satisfies never;
    }
  }

  #hearParams(data: Buffer): void {
    try {
      void this.#judge(parseFirstMessage(data, this.#parts.limits.handshakeBytes));
    } catch (error) {
      this.end(this.#parts.answers.tell(error, undefined), closeCodes.unauthenticated);
    }
  }

  async #judge({ token, protocol }: ConnectionParams): Promise<void> {
    const { ws } = this.#opening;
    this.#phase = 'judging';
    ws.pause();
    try {
      const caller = await this.#authenticate(token, protocol);
      checkProtocol(protocol);
      const principal = principalOf(caller);
      const place = await this.#parts.limiter.hold('principalSockets', principal);
      if (typeof place === 'object') throw limitExceeded(place);
      this.#endings.push(place);
      if (this.#closed.signal.aborted) return this.#release();
      this.#endings.push(
        this.#parts.credentials.watch(principal, (end) =>
          this.end(unauthenticated(end), closeCodes.unauthenticated),
        ),
      );
      this.#open(caller);
    } catch (thrown) {
      if (this.#closed.signal.aborted) return;
      const error = this.#parts.answers.tell(thrown, undefined);
      this.#refuse(error, closeCodeOf(error));
    } finally {
      this.#opening.onJudged();
    }
  }

  async #authenticate(credential: string | undefined, protocol: string | undefined): Promise<Caller> {
    const { authenticator, clock, limits } = this.#parts;
    const { request, remoteAddress } = this.#opening;
    const late = new AbortController();
    const stopTimer = clock.timer(limits.handshakeTimeoutMs, () =>
      late.abort(new Error(`The authenticator did not answer within ${limits.handshakeTimeoutMs} ms.`)),
    );
    const signal = AbortSignal.any([late.signal, this.#closed.signal]);
    try {
      return await Promise.race([
        authenticateCaller(
          authenticator,
          { credential, protocol, headers: headersOf(request), remoteAddress, transport: 'websocket' },
          signal,
        ),
        aborted(signal),
      ]);
    } finally {
      stopTimer();
    }
  }

  #open(caller: Caller): void {
    const { router, clock } = this.#parts;
    const { ws, server, request } = this.#opening;
    const watched = {
      get bufferedAmount() {
        return ws.bufferedAmount;
      },
      close: (code: number, reason: string) => this.#close(code, reason),
    };
    const sendGuard = new StallGuard({ socket: guardedWebSocket(watched, request.socket), clock });
    const face = socketFaceOf(ws);
    this.#face = face;
    this.#phase = 'open';
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
    serve(face.socket, withoutQuery(request));
    for (const data of this.#early.splice(0)) this.#receive(data, false);
    ws.resume();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    const lateMs = this.#calls.take(this.#parts.clock.monotonic());
    if (lateMs > 0) this.#pause(lateMs);
    const text = isBinary ? '' : data.toString('utf8');
    if (text === 'PING' || text === 'PONG') {
      this.#face?.receive(data);
      return;
    }
    const parsed = parse(text);
    if (parsed === undefined) {
      this.#tell(new PerdureError('malformed-json', 'The message is not JSON.'), []);
      return;
    }
    const { message, refused } = this.#calls.admit(parsed, lateMs);
    for (const { id, error } of refused) this.#tell(error, [id]);
    if (message === undefined) return;
    this.#admitted = message;
    this.#face?.receive(data);
    this.#admitted = undefined;
  }

  #pause(pauseMs: number): void {
    const { ws } = this.#opening;
    ws.pause();
    this.#endings.push(this.#parts.clock.timer(pauseMs, () => ws.resume()));
  }

  #noteAnswer(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('id' in message)) return;
    const result = 'result' in message ? message.result : undefined;
    const isStopped =
      typeof result === 'object' && result !== null && Reflect.get(result, 'type') === 'stopped';
    this.#calls.answered(message.id, isStopped || 'error' in message);
  }

  /** Lets the client send its first calls, so that each is answered and does not come again. */
  #refuse(error: PerdureError, code: number): void {
    if (this.#phase !== 'judging') return;
    this.#phase = 'refused';
    this.#refusal = { error, code };
    const [early] = this.#early;
    if (early !== undefined) {
      this.#answerRefused(early);
      return;
    }
    this.#opening.ws.resume();
    this.#endings.push(this.#parts.clock.timer(REFUSAL_WAIT_MS, () => this.end(error, code)));
  }

  #answerRefused(data: Buffer): void {
    if (this.#refusal === undefined) return;
    const { error, code } = this.#refusal;
    this.#tell(error, callIdsOf(parse(data.toString('utf8'))));
    this.#close(code, error.code);
  }

  #tell(error: PerdureError, ids: readonly CallId[]): void {
    const { ws } = this.#opening;
    if (ws.readyState !== ws.OPEN) return;
    const shape = trpcErrorShape(error, undefined);
    for (const id of ids.length === 0 ? [null] : ids) ws.send(JSON.stringify({ id, error: shape }));
  }

  #close(code: number, reason: string): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    const { ws } = this.#opening;
    ws.resume(); // a paused socket would never hear the client's own close
    ws.close(code, reason);
    this.#face?.close();
    this.#release();
  }

  #finish(): void {
    this.#phase = 'ended';
    this.#closed.abort();
    this.#face?.close();
    this.#release();
  }

  #release(): void {
    for (const end of this.#endings.splice(0)) end();
  }
}

function closeCodeOf({ code }: PerdureError): number {
  switch (code) {
    case 'unauthenticated':
      return closeCodes.unauthenticated;
    case 'protocol-mismatch':
      return closeCodes.protocolMismatch;
    case 'limit-exceeded':
      return TRY_LATER;
    default:
      return FAULT;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The router's adapter would wait for connectionParams of its own. */
function withoutQuery(request: IncomingMessage): IncomingMessage {
  return Object.create(request, { url: { value: '/' } }) as IncomingMessage;
}

function headersOf(request: IncomingMessage): Readonly<Record<string, string | undefined>> {
  const joined = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return Object.fromEntries(joined) as Record<string, string | undefined>;
}
