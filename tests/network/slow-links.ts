import { createPerdureClient } from '@perdure/client';
import { WebSocket } from 'ws';
import { expect } from 'vitest';
import { readLog, startFollower } from '../e2e/support/event-log.ts';
import { runningServer } from '../e2e/support/running-server.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { faultyProxy } from './faulty-proxy.ts';
import type { WayFaults } from './faulty-way.ts';
import type { Wire } from './support/named-client.ts';
import { startSeparateServer } from './support/separate-network.ts';
import { type Talk, talkingAgent } from './support/talking-agent.ts';

/** A server at the end of a slow link. */
export interface FarServer extends AsyncDisposable {
  /** Over the link. */
  readonly url: string;
  /** Not over it, or over it as long as it is not slow. */
  readonly nearUrl: string;
  readonly token?: string;
  /** From now on. */
  slow(): void;
}

/** Every connection has a link of its own, the same both ways. */
export async function behindSlowProxy(faults: WayFaults): Promise<FarServer> {
  const proxy = await faultyProxy();
  const server = await runningServer({ publicUrl: proxy.url, agents: { talker: talkingAgent() } });
  proxy.target = server.port;
  return {
    url: proxy.url,
    nearUrl: server.url,
    slow: () => proxy.set({ up: faults, down: faults }),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A cable with a queue, as packets see it. */
export async function behindSlowCable(bitsPerSecond: number): Promise<FarServer> {
  const directory = temporaryDirectory();
  const token = 'a-token-that-nobody-guesses-of-forty-signs';
  const { server, url, slow } = await startSeparateServer({ directory: directory.path, tokens: [token] });
  return {
    url,
    nearUrl: url,
    token,
    slow: () => slow(bitsPerSecond),
    [Symbol.asyncDispose]: async () => {
      await server.kill();
      directory[Symbol.dispose]();
    },
  };
}

export interface SlowReading {
  /** What is in the log before anyone follows. */
  readonly history: Talk;
  /** What is said while the follower listens. */
  readonly tail: Talk;
}

export interface SlowFollower {
  readonly seconds: number;
  /** How often it lost its connection. */
  readonly losses: number;
  readonly transport: 'websocket' | 'stream';
}

/** Over a slow link a follower reads a log from its beginning, and then what an agent says. It has to have every event once. */
export async function followSlowly(
  { url, nearUrl, token, slow }: FarServer,
  wire: Wire,
  { history, tail }: SlowReading,
): Promise<SlowFollower> {
  const credential = token === undefined ? {} : { token };
  const near = createPerdureClient({ url: nearUrl, ...credential });
  const { id } = await near.sessions.create();
  const session = near.session(id);
  const say = async (talk: Talk) => (await session.submit(JSON.stringify(talk))).runId ?? '';
  await session.run({ runId: await say(history), wait: 60 });
  slow();
  const startMs = performance.now();
  const follower = startFollower(url, id, {
    ...credential,
    WebSocket: wire === 'stream' ? null : (WebSocket as unknown as typeof globalThis.WebSocket),
  });
  const { connection } = follower.client;
  let losses = 0;
  let last = connection.get().status;
  connection.subscribe(() => {
    const { status } = connection.get();
    if (status === 'reconnecting' && last === 'open') losses += 1;
    last = status;
  });
  await follower.until(({ type }) => type === 'run:completed');
  const runId = await say(tail);
  await follower.until((event) => event.type === 'run:completed' && event.runId === runId);
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  expect(follower.events).toEqual(await readLog(near, id));
  const { transport } = connection.get();
  await follower.leave();
  near.close();
  return { seconds, losses, transport };
}
