import { createPerdureClient } from '@perdure/client';
import { WebSocket } from 'ws';
import { expect } from 'vitest';
import { readLog, startFollower } from '../e2e/support/event-log.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { faultyProxy } from './faulty-proxy.ts';
import { eagerClock } from './support/eager-clock.ts';
import type { Wire } from './support/named-client.ts';
import type { ServerReport } from './support/start-observed-server.ts';
import { startObservedServer } from './support/start-observed-server.ts';
import { type Outage, startSeparateServer } from './support/separate-network.ts';
import type { Talk } from './support/talking-agent.ts';

/** A server behind a network that can fail without telling anyone. */
export interface FragileServer extends AsyncDisposable {
  /** Through the network. */
  readonly url: string;
  /** Past it, or through it as long as it works. */
  readonly nearUrl: string;
  report(): Promise<ServerReport>;
  cut(outage: Outage): void;
  heal(): void;
}

const token = 'a-token-that-nobody-guesses-of-forty-signs';

/** Behind the proxy, which takes what is sent and passes nothing on. */
export async function behindProxy(directory: string): Promise<FragileServer> {
  const proxy = await faultyProxy();
  const server = await startObservedServer({ directory, port: 0, publicUrl: proxy.url, tokens: [token] });
  proxy.target = Number(new URL(server.hello.url).port);
  const set = (isUpCut: boolean, isDownCut: boolean) =>
    proxy.set({ up: { isBlackHole: isUpCut }, down: { isBlackHole: isDownCut } });
  return {
    url: proxy.url,
    nearUrl: server.hello.url,
    report: () => server.report(),
    cut: (outage) => set(outage !== 'down', outage !== 'up'),
    heal: () => {
      proxy.cutAll(); // what was lost never comes: no network could go on with these
      set(false, false);
    },
    [Symbol.asyncDispose]: async () => {
      await server.kill();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Behind a cable, on which packets are dropped: nothing is acknowledged. */
export async function behindCable(directory: string): Promise<FragileServer> {
  const { server, url, cut, heal } = await startSeparateServer({ directory, tokens: [token] });
  return {
    url,
    nearUrl: url,
    report: () => server.report(),
    cut,
    heal,
    [Symbol.asyncDispose]: () => server.kill(),
  };
}

/** How long each side took to notice; undefined: it did not while it was watched. */
export interface Noticed {
  readonly name: string;
  readonly wire: Wire;
  readonly isBusy: boolean;
  readonly clientSeconds: number | undefined;
  readonly serverSeconds: number | undefined;
}

interface Watched {
  readonly name: string;
  readonly wire: Wire;
  readonly isBusy: boolean;
  readonly sessionId: string;
  readonly follower: ReturnType<typeof startFollower>;
  clientSeconds?: number;
  serverSeconds?: number;
}

/** Longer than both sides have together. */
const WATCH_SECONDS = 50;

/**
 * Clients follow over both wires, sessions in which nothing happens and such in which an agent speaks. The network fails;
 * each side tells when it knows. When the network is back, every client reads on with nothing lost.
 */
export async function noticeDeadPeers(
  start: (directory: string) => Promise<FragileServer>,
  outage: Outage,
): Promise<Noticed[]> {
  using directory = temporaryDirectory();
  await using server = await start(directory.path);
  const near = createPerdureClient({ url: server.nearUrl, token });
  const watched: Watched[] = [];
  for (const wire of ['websocket', 'stream'] as const) {
    for (const isBusy of [false, true]) {
      const { id: sessionId } = await near.sessions.create();
      const follower = startFollower(server.url, sessionId, {
        token,
        clock: eagerClock,
        WebSocket: wire === 'stream' ? null : (WebSocket as unknown as typeof globalThis.WebSocket),
      });
      const name = `${outage} ${wire} ${isBusy ? 'busy' : 'idle'}`;
      watched.push({ name, wire, isBusy, sessionId, follower });
      await follower.until(({ seq }) => seq === 1);
      const talk: Talk = { lines: 100_000, bytes: 100, perSecond: 20 };
      if (isBusy) await near.session(sessionId).submit(JSON.stringify(talk));
    }
  }
  server.cut(outage);
  const startMs = performance.now();
  const seconds = () => Math.round((performance.now() - startMs) / 100) / 10;
  while (seconds() < WATCH_SECONDS) {
    const { followers } = await server.report();
    for (const one of watched) {
      if (one.follower.client.connection.get().status !== 'open') one.clientSeconds ??= seconds();
      if ((followers[one.sessionId] ?? 0) === 0) one.serverSeconds ??= seconds();
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  server.heal();
  for (const { name, follower, sessionId } of watched) {
    await near.session(sessionId).update({ title: 'The network is back' });
    const log = await readLog(near, sessionId);
    await follower.until(({ seq }) => seq >= log.length);
    expect(follower.events.slice(0, log.length), name).toEqual(log);
    await follower.leave();
  }
  near.close();
  return watched.map(({ name, wire, isBusy, clientSeconds, serverSeconds }) => ({
    name,
    wire,
    isBusy,
    clientSeconds,
    serverSeconds,
  }));
}
