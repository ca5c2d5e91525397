import { connect, type Socket } from 'node:net';
import { facts } from '../../e2e/support/facts.ts';

/** A connection on which any bytes can be sent. */
export interface RawConnection extends Disposable {
  readonly socket: Socket;
  /** What the server sent so far. */
  received(): Buffer;
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>;
  isClosed(): boolean;
  /** Resolves when the bytes are out; false if the connection is gone. */
  send(bytes: string | Buffer): Promise<boolean>;
  /** What `find` makes of what came; `undefined` if the connection closes without it. */
  until<T>(find: (received: Buffer) => T | undefined | false): Promise<T | undefined>;
}

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const chunks: Buffer[] = [];
  let whole = Buffer.alloc(0);
  const received = () => {
    if (chunks.length > 0) whole = Buffer.concat([whole, ...chunks.splice(0)]);
    return whole;
  };
  const { tell, end, until } = facts();
  const closed = Promise.withResolvers<void>();
  let isClosed = false;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    tell();
  });
  socket.on('error', () => {}); // a reset is told by the close
  socket.on('close', () => {
    isClosed = true;
    closed.resolve();
    end(new Error('The connection is closed.'));
  });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  return {
    socket,
    received,
    closed: closed.promise,
    isClosed: () => isClosed,
    send: (bytes) =>
      new Promise((resolve) => {
        if (!socket.writable) return resolve(false);
        socket.write(bytes, (error) => resolve(error === undefined || error === null));
      }),
    until: (find) => until(() => find(received())).catch(() => undefined),
    [Symbol.dispose]: () => socket.destroy(),
  };
}
