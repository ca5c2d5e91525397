import type { Duplex } from 'node:stream';
import { unsentBytesOf } from '../hub/guarded-web-socket.ts';

/** The connection on which an answer goes out. */
export interface Outflow {
  /** Bytes that were given to it and have not left: a number that changes as they do. */
  readonly unsentBytes: number;
  /** Ends the connection of a client that has stopped reading. */
  cut(): void;
}

export function outflowOf(socket: Duplex): Outflow {
  return {
    get unsentBytes() {
      return socket.writableLength + (unsentBytesOf(socket) ?? 0);
    },
    cut: () => socket.destroy(),
  };
}
