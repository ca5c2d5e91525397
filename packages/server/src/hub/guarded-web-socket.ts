import type { Duplex } from 'node:stream';
import type { GuardedSocket } from './stall-guard.ts';

interface ClosableSocket extends Pick<GuardedSocket, 'answers'> {
  readonly bufferedAmount: number;
  close(code: number, reason: string): void;
}

/** A WebSocket over a Node stream, as a guard watches it. */
export function guardedWebSocket(webSocket: ClosableSocket, stream: Duplex): GuardedSocket {
  return {
    get bufferedAmount() {
      return webSocket.bufferedAmount;
    },
    get unsentBytes() {
      return unsentBytesOf(stream);
    },
    get answers() {
      return webSocket.answers;
    },
    onDrain(listener) {
      stream.on('drain', listener);
      return () => stream.off('drain', listener);
    },
    close: (code, reason) => webSocket.close(code, reason),
  };
}

/**
 * How much of the write that is under way the kernel has not taken yet. It shrinks while a large message leaves, where
 * `writableLength` stands still until the last byte of it. There is no public name for this number, which Node's own
 * socket timeout looks at for the same reason; where it is missing, a slow link needs smaller messages.
 */
export function unsentBytesOf(stream: Duplex): number | undefined {
  const handle: unknown = Reflect.get(stream, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  const size: unknown = Reflect.get(handle, 'writeQueueSize');
  return typeof size === 'number' ? size : undefined;
}
