import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface BreakableProxy extends AsyncDisposable {
  readonly url: string;
  /** Of the server behind it. */
  target: number;
  /** Breaks a connection in the middle of whatever it carries; any one, by a number in [0, 1). Waits until there is one. */
  cut(which: number): Promise<void>;
  readonly cuts: number;
}

/** A network between clients and a server that breaks when a test says so. */
export async function breakableProxy(): Promise<BreakableProxy> {
  const open = new Set<() => void>();
  let cuts = 0;
  const server = createServer((near: Socket) => {
    const far = connect(proxy.target, '127.0.0.1');
    const end = () => {
      open.delete(end);
      near.destroy();
      far.destroy();
    };
    open.add(end);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', end).on('close', end);
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: BreakableProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: 0,
    cut: async (which) => {
      while (open.size === 0) await once(server, 'connection');
      [...open][Math.floor(which * open.size)]?.();
      cuts += 1;
    },
    get cuts() {
      return cuts;
    },
    [Symbol.asyncDispose]: async () => {
      for (const end of open) end();
      server.close();
    },
  };
  return proxy;
}
