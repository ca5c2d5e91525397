import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PerdureError } from '@perdure/protocol';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { systemPrincipal } from '../access/system-principal.ts';
import type { IdSource } from '../session/id-source.ts';
import { admissionError, admitRequest, type GateRules } from './admit-request.ts';
import { limitExceeded } from './error-answers.ts';
import { shuttingDown } from './leaf-guard.ts';
import { type PlaceBound, PlaceLine } from './place-line.ts';
import { factsOfNodeRequest, targetOf } from './request-facts.ts';
import { SocketConnection, type SocketOpening, type SocketParts } from './socket-connection.ts';
import { refuseUpgrade } from './upgrade-refusal.ts';

// U1. An error listener stands on the raw socket before the first await: a client may reset it in mid-upgrade.
// U2. A path that is not ours is left alone, untouched, for whoever else listens.
// U3. When a network or this server was away, everyone comes at once, and behind a proxy from one address: a crowd waits in
//     line. A client cannot read why an upgrade was refused, and would take WebSockets for blocked.

export interface SocketServerParts extends SocketParts {
  /** Public path of the procedures, such as `/agents/trpc`. */
  readonly endpoint: string;
  readonly rules: GateRules;
  readonly ids: IdSource;
  /** Who may come in without a credential is everyone on this machine, from one address. */
  readonly isOpen: boolean;
  isDraining(): boolean;
  ready(): Promise<void>;
  /** Refuses a server that anyone can reach and that lets everyone in. */
  refuseOpen(localAddress: string | undefined): PerdureError | undefined;
}

/** What ws allows by default is made for trusted peers: 100 MiB messages, 16,384 fragments. */
const receiverLimits = { maxFragments: 64, maxBufferedChunks: 1_024 };

/** Its own words are those of ws, which nobody can look up. */
function badHandshake(): PerdureError {
  return new PerdureError(
    'invalid-input',
    'This is no WebSocket handshake of version 13: it is a GET with the headers Upgrade, Connection, Sec-WebSocket-Key and Sec-WebSocket-Version.',
  );
}

/** Less than the four seconds after which a client finds out whether WebSockets are blocked. */
const LINE_WAIT_MS = 2_000;

/** As many as come back in the first second; each is a socket and the head of a request. */
const MOST_IN_LINE = 2_000;

type Release = () => void;

interface SocketPlaces {
  /** It is known who it is; calling it twice is harmless. */
  readonly leaveLine: Release;
  readonly leave: Release;
}

interface HandshakeBound extends PlaceBound {
  readonly limit: 'unauthenticatedSockets' | 'unauthenticatedSocketsPerPeer';
}

/** Takes WebSocket upgrades and ends the sockets. */
export class SocketServer {
  readonly #parts: SocketServerParts;
  readonly #wss: WebSocketServer;
  readonly #unauthenticated: PlaceLine<HandshakeBound>;
  readonly #connections = new Set<SocketConnection>();

  constructor(parts: SocketServerParts) {
    this.#parts = parts;
    const { clock } = parts;
    this.#unauthenticated = new PlaceLine({ clock, waitMs: LINE_WAIT_MS, mostWaiting: MOST_IN_LINE });
    const options: ServerOptions & typeof receiverLimits = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false, // every shared frame would be compressed once for each socket
      maxPayload: parts.limits.messageBytes,
      ...receiverLimits,
    };
    this.#wss = new WebSocketServer(options);
    this.#wss.on('wsClientError', (_error, socket) => refuseUpgrade(socket, badHandshake()));
  }

  get size(): number {
    return this.#connections.size;
  }

  /** False: the path is not ours, and nothing was touched. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [pathname] = targetOf(request).split('?', 1);
    if (pathname !== this.#parts.endpoint && pathname !== `${this.#parts.endpoint}/`) return false;
    socket.on('error', () => socket.destroy());
    const admission = admitRequest(factsOfNodeRequest(request), this.#parts.rules);
    if (!admission.isAdmitted) refuseUpgrade(socket, admissionError(admission));
    else if (this.#parts.isDraining()) refuseUpgrade(socket, shuttingDown());
    else {
      const refusal = this.#parts.refuseOpen(request.socket.localAddress);
      if (refusal !== undefined) refuseUpgrade(socket, refusal);
      else
        this.#accept(request, socket, head, admission.url).catch((error: unknown) =>
          this.#fail(socket, error),
        );
    }
    return true;
  }

  /** Ends every socket with 1012, spread over a time, so that their clients do not come back at once. */
  async close(spreadMs: number): Promise<void> {
    const { clock, ids } = this.#parts;
    await Promise.all(
      [...this.#connections].map(
        (connection) =>
          new Promise<void>((resolve) => {
            clock.timer(ids.random() * spreadMs, () => {
              connection.restart();
              resolve();
            });
          }),
      ),
    );
  }

  async #accept(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): Promise<void> {
    const remoteAddress = request.socket.remoteAddress ?? '';
    const isAnnounced = url.searchParams.get('connectionParams') === '1';
    await this.#parts.ready();
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    const places = await this.#takePlaces(remoteAddress, isAnnounced, gone.signal);
    if (places instanceof PerdureError) {
      refuseUpgrade(socket, places);
      return;
    }
    const release = () => {
      places.leaveLine();
      places.leave();
    };
    if (this.#parts.isDraining()) {
      release();
      refuseUpgrade(socket, shuttingDown());
      return;
    }
    socket.once('close', release);
    if (socket.destroyed) return release();
    this.#wss.handleUpgrade(request, socket, head, (ws) =>
      this.#connect(ws, request, { remoteAddress, isAnnounced, onJudged: places.leaveLine }),
    );
  }

  #fail(socket: Duplex, error: unknown): void {
    refuseUpgrade(socket, this.#parts.answers.tell(error, undefined));
  }

  /** Nothing else is held by who waits in line: a crowd holds up itself alone. */
  async #takePlaces(
    remoteAddress: string,
    isAnnounced: boolean,
    gone: AbortSignal,
  ): Promise<SocketPlaces | PerdureError> {
    const leaveLine = isAnnounced ? await this.#waitInLine(remoteAddress, gone) : () => {};
    if (leaveLine instanceof PerdureError) return leaveLine;
    const leave = await this.#parts.limiter.hold('processSockets', systemPrincipal);
    if (typeof leave === 'function') return { leaveLine, leave };
    leaveLine();
    return limitExceeded(leave);
  }

  async #waitInLine(remoteAddress: string, gone: AbortSignal): Promise<Release | PerdureError> {
    const { limits } = this.#parts;
    const boundOf = (limit: HandshakeBound['limit'], of = ''): HandshakeBound => ({
      limit,
      key: `${limit} ${of}`,
      max: limits[limit],
    });
    const bounds = [
      boundOf('unauthenticatedSockets'),
      ...(this.#parts.isOpen ? [] : [boundOf('unauthenticatedSocketsPerPeer', remoteAddress)]),
    ];
    const held = await this.#unauthenticated.take(bounds, gone);
    if (typeof held === 'function') return held;
    const { limit, max } = held;
    return limitExceeded({ limit, max, current: max, retryAfterMs: 1_000 });
  }

  #connect(
    ws: WebSocket,
    request: IncomingMessage,
    opening: Pick<SocketOpening, 'remoteAddress' | 'isAnnounced' | 'onJudged'>,
  ): void {
    const connection = new SocketConnection({ ws, server: this.#wss, request, ...opening }, this.#parts);
    this.#connections.add(connection);
    ws.once('close', () => this.#connections.delete(connection));
  }
}
