import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server on this machine that fails when a test says so. Connections made after a failure are sound. */
export interface TcpRelay extends AsyncDisposable {
  readonly port: number;
  /** What the server answers from here on reaches nobody; what it is asked still reaches it. */
  swallowAnswers(): void;
  /** Nothing that is said from here on reaches anyone, not even that a connection has ended. */
  freeze(): void;
  /** Ends the connections there are. */
  cut(): void;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  isSwallowed: boolean;
  isFrozen: boolean;
}

export async function openRelay(port: number): Promise<TcpRelay> {
  const pairs = new Set<Pair>();
  // Half open: what one side ends is ended on the other by hand, if it is to be.
  const relay = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const pair: Pair = { client, server, isSwallowed: false, isFrozen: false };
    pairs.add(pair);
    client.on('data', (data) => void (pair.isFrozen || server.write(data)));
    server.on('data', (data) => void (pair.isSwallowed || pair.isFrozen || client.write(data)));
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('end', () => {
        if (!pair.isFrozen) socket.destroy();
      });
      socket.on('close', () => {
        pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  const cut = () => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    swallowAnswers: () => {
      for (const pair of pairs) pair.isSwallowed = true;
    },
    freeze: () => {
      for (const pair of pairs) pair.isFrozen = true;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      relay.close();
      cut();
      await once(relay, 'close');
    },
  };
}
