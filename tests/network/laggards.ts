import { createPerdureClient } from '@perdure/client';
import { closeCodes } from '@perdure/protocol';
import { WebSocket } from 'ws';
import { expect } from 'vitest';
import { readLog, startFollower } from '../e2e/support/event-log.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { type FaultyProxy, faultyProxy, type ProxiedConnection } from './faulty-proxy.ts';
import { eagerClock } from './support/eager-clock.ts';
import type { Wire } from './support/named-client.ts';
import { startHealthyReaders } from './support/start-healthy-readers.ts';
import { type ServerReport, startObservedServer } from './support/start-observed-server.ts';
import type { Talk } from './support/talking-agent.ts';

export interface LaggardPlan {
  readonly wire: Wire;
  readonly healthy: number;
  /** Beside one that stops reading altogether. */
  readonly slow: number;
  /** How often healthy readers are watched without laggards and with them, by turns. */
  readonly rounds: number;
  readonly watchSeconds: number;
  /** Said before anyone follows: more than the 10 MB that the buffers of the kernel may come to hold on its way. */
  readonly history: Talk;
  /** Said all the time. */
  readonly talk: Talk & { readonly perSecond: number };
}

export interface LaggardOutcome {
  readonly heard: number;
  /** Of healthy readers, the least of the rounds: what else the machine does can only add to one. */
  readonly controlP99Ms: number;
  readonly treatedP99Ms: number;
  /** What the server's memory grew by, over the most it had before the first laggard came. */
  readonly grownBytes: number;
  /** Until the server gave up the one that stopped; the longest of the rounds. */
  readonly givenUpSeconds: number;
  /** What slow ones were told when they lost their connections: the codes of closes. */
  readonly slowLosses: readonly unknown[];
}

const SLOW_BYTES_PER_SECOND = 10_000;
/** Three times the patience of the server. */
const MOST_STALLED_MS = 30_000;

/** All are one principal; what is held is told by token. */
const tokens = [
  'of-those-who-read-all-the-time-1234567890',
  'of-the-one-that-stops-reading-123456789012',
] as const;

/**
 * Healthy readers of a session by themselves, and then with some that read slowly or not at all, by turns. The one that
 * stops reading is given up. All laggards go on with nothing lost when their links are good again: so does a slow one by
 * event stream that was given up, because the kernel holds so much for it that nobody sees it move.
 */
export async function watchLaggards(plan: LaggardPlan): Promise<LaggardOutcome> {
  const { wire, talk, history, watchSeconds } = plan;
  using directory = temporaryDirectory();
  await using proxy = await faultyProxy();
  await using server = await startObservedServer({
    directory: directory.path,
    port: 0,
    publicUrl: proxy.url,
    tokens,
  });
  const { url } = server.hello;
  proxy.target = Number(new URL(url).port);
  const [token, tokenOfStalled] = tokens;
  const near = createPerdureClient({ url, token });
  const { id: sessionId } = await near.sessions.create();
  const session = near.session(sessionId);
  const { runId = '' } = await session.submit(JSON.stringify(history));
  while ((await session.run({ runId, wait: 30 })).status !== 'completed');
  await session.submit(JSON.stringify(talk));
  await using readers = await startHealthyReaders({ url, token, sessionId, count: plan.healthy, wire });

  // What the laggards will read, as many have read before at full speed: what that takes is not their doing.
  const early = Array.from({ length: plan.slow + 1 }, () => startFollower(url, sessionId, { token }));
  for (const follower of early) {
    await follower.until(({ seq }) => seq >= history.lines);
    await follower.leave();
  }

  let mostBytes = 0;
  let heard = 0;
  /** The 99th percentile over a while, and the most memory meanwhile. */
  const watch = async (look: (report: ServerReport) => void = () => {}) => {
    await readers.report();
    for (let second = 0; second < watchSeconds; second += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const report = await server.report();
      mostBytes = Math.max(mostBytes, report.rssBytes);
      look(report);
    }
    const report = await readers.report();
    heard += report.heard;
    return report.p99Ms;
  };

  const control: number[] = [];
  const treated: number[] = [];
  let givenUpSeconds = 0;
  const slowLosses: unknown[] = [];
  let beforeBytes: number | undefined;
  for (let round = 0; round < plan.rounds; round += 1) {
    control.push(await watch());
    beforeBytes ??= mostBytes;

    proxy.set({ down: { bytesPerSecond: SLOW_BYTES_PER_SECOND } });
    const laggards: Laggard[] = [];
    const start = (own: string) => startLaggard(proxy, { sessionId, wire, token: own });
    for (let count = 0; count < plan.slow; count += 1) laggards.push(await start(token));
    const stalled = await start(tokenOfStalled);
    for (const { follower } of [...laggards, stalled]) await follower.until(({ seq }) => seq === 1);
    stalled.connection.down.set({ isStalled: true });
    const stalledAtMs = performance.now();
    const before = laggards.map(({ connection }) => connection.down.passedBytes);
    let tookMs: number | undefined;
    const look = ({ followersOf }: ServerReport) => {
      if (followersOf[tokenOfStalled] === 0) tookMs ??= performance.now() - stalledAtMs;
    };
    treated.push(await watch(look));
    while (tookMs === undefined) {
      look(await server.report());
      expect(performance.now() - stalledAtMs, 'until it is given up').toBeLessThan(MOST_STALLED_MS);
    }
    givenUpSeconds = Math.max(givenUpSeconds, tookMs / 1_000);
    const secondsSlow = (performance.now() - stalledAtMs) / 1_000;
    for (const [index, { connection }] of laggards.entries()) {
      const passedBytes = connection.down.passedBytes - (before[index] ?? 0);
      expect(passedBytes).toBeGreaterThan((SLOW_BYTES_PER_SECOND * secondsSlow) / 2);
    }

    proxy.set({ down: { bytesPerSecond: undefined, isStalled: false } });
    const log = await readLog(near, sessionId);
    for (const { follower, losses } of [...laggards, stalled]) {
      await follower.until(({ seq }) => seq >= log.length);
      expect(follower.events.slice(0, log.length)).toEqual(log);
      if (follower === stalled.follower) {
        expect(losses).toEqual([wire === 'websocket' ? closeCodes.stalled : undefined]);
      } else slowLosses.push(...losses);
      await follower.leave();
    }
    while ((await server.report()).followers[sessionId] !== plan.healthy);
  }
  near.close();
  return {
    heard,
    controlP99Ms: Math.min(...control),
    treatedP99Ms: Math.min(...treated),
    grownBytes: mostBytes - (beforeBytes ?? 0),
    givenUpSeconds: Math.round(givenUpSeconds * 10) / 10,
    slowLosses,
  };
}

interface Laggard {
  readonly follower: ReturnType<typeof startFollower>;
  readonly connection: ProxiedConnection;
  /** What it was told each time it lost its connection: the code of a close. */
  readonly losses: readonly unknown[];
}

async function startLaggard(
  proxy: FaultyProxy,
  { sessionId, wire, token }: { readonly sessionId: string; readonly wire: Wire; readonly token: string },
): Promise<Laggard> {
  const number = proxy.connections.length;
  const follower = startFollower(proxy.url, sessionId, {
    token,
    clock: eagerClock,
    WebSocket: wire === 'stream' ? null : (WebSocket as unknown as typeof globalThis.WebSocket),
  });
  const losses: unknown[] = [];
  const state = follower.client.connection;
  let last = state.get().status;
  state.subscribe(() => {
    const { status, error } = state.get();
    if (last !== 'reconnecting' && status === 'reconnecting') losses.push(error?.details?.['closeCode']);
    last = status;
  });
  return { follower, connection: await proxy.connection(number), losses };
}
