import type { IncomingMessage } from 'node:http';
import { closeCodes, type PerdureError } from '@perdure/protocol';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { CredentialWatch } from '../access/credential-watch.ts';
import { bearerToken } from './authenticate-caller.ts';
import type { ErrorAnswers } from './error-answers.ts';
import { sendErrorFrames } from './error-frames.ts';
import { type ConnectionParams, parseFirstMessage } from './first-message.ts';
import { closeCodeOf, headersOf, type JudgedSocket, type JudgeParts, judgeSocket } from './judge-socket.ts';
import { parseJson } from './parse-json.ts';
import { RpcSocket, type RpcSocketParts } from './rpc-socket.ts';
import { callIdsOf } from './socket-calls.ts';
import { unauthenticated } from './unauthenticated.ts';

// K1. Nothing that a socket sends reaches the router before its credential was accepted; until then it is not read from.
// K2. Before a socket ends by 4001, 4009 or a limit, every call it has open gets its error frame, or, if there is none, one
//     goes out under the id null: a plain tRPC client backs off only after an error.
// K3. However it ends, its subscriptions, timers, watches and places end with it, once.

export interface SocketParts extends JudgeParts, RpcSocketParts {
  readonly credentials: CredentialWatch;
  readonly answers: ErrorAnswers;
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

/** How long a refused client has to send the calls that are then answered one by one. */
const REFUSAL_WAIT_MS = 1_000;

/** How long a client that is refused, or that sends without end, has to answer that it is closed: its place is wanted. */
const GOODBYE_MS = 5_000;

/** Where a socket is in its life, with what it has there. */
type Phase =
  | { readonly name: 'announced' }
  /** `early` came in the same packet as the connectionParams, before reading stopped. */
  | { readonly name: 'judging'; readonly early: Buffer[] }
  | { readonly name: 'open'; readonly rpc: RpcSocket }
  | { readonly name: 'refused'; readonly error: PerdureError }
  | { readonly name: 'ended' };

/** One WebSocket from its upgrade to its end. */
export class SocketConnection {
  readonly #opening: SocketOpening;
  readonly #parts: SocketParts;
  readonly #closed = new AbortController();
  readonly #endings: (() => void)[] = [];
  #phase: Phase = { name: 'announced' };

  constructor(opening: SocketOpening, parts: SocketParts) {
    this.#opening = opening;
    this.#parts = parts;
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
    if (this.#phase.name === 'ended') return;
    sendErrorFrames(this.#opening.ws, error, this.#phase.name === 'open' ? this.#phase.rpc.openIds : []);
    this.#goodbye(code, error);
  }

  /** The server restarts: the client comes back by itself. */
  restart(): void {
    this.#close(closeCodes.restart, 'restart');
  }

  #awaitParams(): void {
    const { limits, clock } = this.#parts;
    this.#endings.push(
      clock.timer(limits.handshakeTimeoutMs, () => {
        if (this.#phase.name === 'announced') this.#expel('missing');
      }),
    );
  }

  #hear(data: RawData, isBinary: boolean): void {
    if (!Buffer.isBuffer(data)) return; // ws hands out buffers unless told otherwise
    const phase = this.#phase;
    switch (phase.name) {
      case 'announced':
        this.#hearParams(data);
        break;
      case 'judging':
        phase.early.push(data);
        break;
      case 'open':
        phase.rpc.receive(data, isBinary);
        break;
      case 'refused':
        this.#answerRefused(phase.error, data);
        break;
      case 'ended':
        break;
      default:
        phase satisfies never;
    }
  }

  #hearParams(data: Buffer): void {
    let params: ConnectionParams;
    try {
      params = parseFirstMessage(data, this.#parts.limits.handshakeBytes);
    } catch (error) {
      this.end(this.#parts.answers.tell(error, undefined), closeCodes.unauthenticated);
      return;
    }
    void this.#judge(params);
  }

  async #judge(params: ConnectionParams): Promise<void> {
    const early: Buffer[] = [];
    this.#phase = { name: 'judging', early };
    this.#opening.ws.pause();
    try {
      const judged = await judgeSocket(params, this.#opening, this.#parts, this.#closed.signal);
      this.#endings.push(judged.release);
      if (this.#isEnded) this.#release();
      else this.#open(judged, early);
    } catch (thrown) {
      if (!this.#isEnded) this.#refuse(this.#parts.answers.tell(thrown, undefined), early[0]);
    } finally {
      this.#opening.onJudged();
    }
  }

  #open({ caller, principal }: JudgedSocket, early: readonly Buffer[]): void {
    const { ws, server, request } = this.#opening;
    this.#endings.push(this.#parts.credentials.watch(principal, (end) => this.#expel(end)));
    const close = (code: number, reason: string) => this.#close(code, reason);
    const end = (error: PerdureError) => this.end(error, closeCodeOf(error));
    const rpc = new RpcSocket({ ws, server, request, caller, close, end }, this.#parts);
    this.#phase = { name: 'open', rpc };
    this.#endings.push(() => rpc.close());
    ws.resume();
    for (const data of early) rpc.receive(data, false); // which may leave it unread again
  }

  /** Lets the client send its first calls, so that each is answered and does not come again. */
  #refuse(error: PerdureError, early: Buffer | undefined): void {
    this.#phase = { name: 'refused', error };
    if (early !== undefined) {
      this.#answerRefused(error, early);
      return;
    }
    this.#opening.ws.resume();
    this.#endings.push(this.#parts.clock.timer(REFUSAL_WAIT_MS, () => this.end(error, closeCodeOf(error))));
  }

  #answerRefused(error: PerdureError, data: Buffer): void {
    sendErrorFrames(this.#opening.ws, error, callIdsOf(parseJson(data.toString('utf8'))));
    this.#goodbye(closeCodeOf(error), error);
  }

  #expel(reason: Parameters<typeof unauthenticated>[0]): void {
    this.end(unauthenticated(reason), closeCodes.unauthenticated);
  }

  get #isEnded(): boolean {
    return this.#phase.name === 'ended';
  }

  #goodbye(code: number, error: PerdureError): void {
    this.#close(code, error.code);
    const { ws } = this.#opening;
    ws.once(
      'close',
      this.#parts.clock.timer(GOODBYE_MS, () => ws.terminate()),
    );
  }

  #close(code: number, reason: string): void {
    if (this.#isEnded) return;
    this.#phase = { name: 'ended' };
    const { ws } = this.#opening;
    ws.resume(); // a paused socket would never hear the client's own close
    ws.close(code, reason);
    this.#closed.abort();
    this.#release();
  }

  #finish(): void {
    this.#phase = { name: 'ended' };
    this.#closed.abort();
    this.#release();
  }

  #release(): void {
    for (const end of this.#endings.splice(0)) end();
  }
}
