import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/**
 * What the router's adapter sees of a socket: messages reach it only after they were admitted, and it cannot tell the
 * difference. `receive` hands one over; the adapter decodes it in the same tick.
 */
export interface SocketFace {
  readonly socket: WebSocket;
  receive(data: Buffer): void;
  close(): void;
}

export function socketFaceOf(
  ws: WebSocket,
  stream: Socket,
  /** Told of what was sent. */
  onSent: (bytes: number) => void,
): SocketFace {
  const events = new EventEmitter();
  const face = {
    on: (name: string, listener: (...args: unknown[]) => void) => events.on(name, listener),
    once: (name: string, listener: (...args: unknown[]) => void) => events.once(name, listener),
    get readyState() {
      return ws.readyState;
    },
    // Always as text: browsers give a binary message to the client as a blob.
    send: (data: string | Uint8Array) => {
      ws.send(data, { binary: false });
      onSent(data.length);
    },
    close: () => ws.close(),
    terminate: () => cutOff(ws, stream),
  };
  return {
    // The adapter uses these members of a socket and no others; its type asks for all.
    socket: face as unknown as WebSocket,
    receive: (data) => events.emit('message', data, false),
    close: () => events.emit('close'),
  };
}

/**
 * Ends a socket whose client did not answer. Its network may be broken one way: an end would wait behind all that was not
 * acknowledged, for minutes, where a reset gets through at once.
 */
function cutOff(ws: WebSocket, stream: Socket): void {
  try {
    stream.resetAndDestroy();
  } catch {
    ws.terminate(); // TLS and pipes know no reset
  }
}
