import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { PerdureError } from '@perdure/protocol';
import type { NodeHandler } from './node-handler.ts';
import { refuseUpgrade } from './upgrade-refusal.ts';

export interface NodeServerParts {
  readonly node: NodeHandler;
  /** False: the path is not ours. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

/** A slow client gets this long for its request line and headers; how often Node looks decides how exact that is. */
const HEADERS_MS = 10_000;
const CHECK_EVERY_MS = 2_000;

/** Longer than the idle time of common load balancers, which must be the ones to close. */
const KEEP_ALIVE_MS = 75_000;

/** An HTTP server of our own. */
export class NodeServer {
  readonly #server: Server;

  constructor({ node, handleUpgrade }: NodeServerParts) {
    const options = {
      headersTimeout: HEADERS_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0, // each route has its own: see watchBody
      // Others than WebSocket, such as curl's offer of HTTP/2, are served as if they had not asked.
      shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
    };
    this.#server = createServer(options);
    this.#server.on('request', node);
    // A client that waits for leave to send its body gets it from the handler, after the gate.
    this.#server.on('checkContinue', node);
    this.#server.on('upgrade', (request, socket, head) => {
      if (handleUpgrade(request, socket, head)) return;
      socket.on('error', () => socket.destroy());
      refuseUpgrade(socket, new PerdureError('unknown-procedure', 'WebSockets are taken under /trpc.'));
    });
    this.#server.on('clientError', (error, socket) => answerClientError(error, socket));
  }

  /** Resolves with the address it listens on. */
  async listen(port: number, host: string): Promise<AddressInfo> {
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(startError(error, port, host)));
      server.listen(port, host, resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string')
      throw new TypeError('The server listens on no port.');
    return address;
  }

  get isListening(): boolean {
    return this.#server.listening;
  }

  /** Takes no new connections, and lets go of those that are idle. */
  stop(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** Ends what is left. */
  async close(): Promise<void> {
    this.stop();
    this.#server.closeAllConnections();
  }
}

function startError(error: Error, port: number, host: string): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new PerdureError(
      'port-in-use',
      `Port ${port} on ${host} is in use. Stop what listens there, or choose another with --port.`,
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new PerdureError(
      'config-invalid',
      `The server cannot listen on ${host}, port ${port} (${code}). Choose others with --host and --port.`,
    );
  }
  return error;
}

/** What could not be read as a request. Its text is not repeated, and there is no request to log. */
function answerClientError(error: Error, socket: Duplex): void {
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ECONNRESET':
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      socket.destroy();
      return;
    case 'HPE_HEADER_OVERFLOW':
      refuseUpgrade(
        socket,
        new PerdureError('target-too-long', 'The request line and headers are larger than 16 KiB.'),
      );
      return;
    default:
      refuseUpgrade(
        socket,
        new PerdureError('invalid-target', 'This is not an HTTP request that the server can read.'),
      );
  }
}
