import type { IncomingMessage, ServerResponse } from 'node:http';

/** A client that is told why gets this long, and may send this much more, before the connection is cut. */
const LINGER_MS = 500;
const LINGER_BYTES = 8_388_608;

/**
 * Ends the connection after an answer that did not wait for the whole body. Closing at once, with bytes unread, makes the
 * kernel send a reset that can overtake the answer; so the rest is thrown away for a moment, within bounds.
 */
export function endAfterAnswer(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || response.headersSent) return;
  const { socket } = request;
  response.shouldKeepAlive = false;
  // Node calls this when the answer is out, because it ends the connection.
  socket.destroySoon = () => {
    if (socket.destroyed) return;
    let bytes = 0;
    const cut = () => socket.destroy();
    const timeout = setTimeout(cut, LINGER_MS);
    socket.once('close', () => clearTimeout(timeout));
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LINGER_BYTES) cut();
    });
    request.once('end', cut);
    request.resume();
    socket.end();
  };
}
