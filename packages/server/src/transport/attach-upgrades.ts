import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** Takes the WebSockets of a server that is someone else's, and nothing but them. The returned function undoes it. */
export function attachUpgrades(server: Server, handleUpgrade: HandleUpgrade): () => void {
  const listener = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Where nobody else listens, nobody else would ever answer.
    if (!handleUpgrade(request, socket, head) && server.listenerCount('upgrade') === 1) socket.destroy();
  };
  server.on('upgrade', listener);
  return () => server.off('upgrade', listener);
}
