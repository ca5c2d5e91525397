import { createPerdureClient } from '@perdure/client';
import { expect } from 'vitest';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { faultyProxy } from './faulty-proxy.ts';
import { type HealthyReaders, startHealthyReaders } from './support/start-healthy-readers.ts';
import { startObservedServer } from './support/start-observed-server.ts';
import { startStormClients } from './support/start-storm-clients.ts';
import type { Talk } from './support/talking-agent.ts';

export interface StormPlan {
  /** A server that is killed and started again, or a network that cuts everyone but those who `stay`. */
  readonly cause: 'restart' | 'cut';
  readonly clients: number;
  readonly processes: number;
  readonly sessions: number;
  /** Readers on a network of their own: nothing happens to it. */
  readonly stay: number;
  /** How long those who stay are watched before the storm. */
  readonly watchSeconds: number;
}

export interface StormOutcome {
  /** From when there was a server again until all were live. */
  readonly liveSeconds: number;
  /** Of those who stayed. */
  readonly stayed?: {
    readonly calmP99Ms: number;
    readonly stormP99Ms: number;
    /** Lines that they heard in the storm, all together. */
    readonly stormHeard: number;
  };
  /** The most memory of the server with all its clients, before the storm, and at any time of it. */
  readonly calmBytes: number;
  readonly stormBytes: number;
  /** Clients that went on by event stream: a WebSocket did not open within seconds, and HTTP was answered. */
  readonly streams: number;
}

/** In each session all the time. */
const talk: Talk = { lines: 100_000, bytes: 200, perSecond: 0.5 };
/** In the session of those who stay: often enough for a percentile of the few seconds of a storm. */
const talkOfStayers: Talk = { ...talk, perSecond: 20, tellsDue: true };
const LOOK_MS = 100;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Readers of a session in which nobody else is. */
async function startStayers(url: string, count: number): Promise<HealthyReaders> {
  const near = createPerdureClient({ url, token: 'near' });
  const { id: sessionId } = await near.sessions.create();
  await near.session(sessionId).submit(JSON.stringify(talkOfStayers));
  near.close();
  return startHealthyReaders({ url, token: 'stays', sessionId, count, wire: 'websocket' });
}

/**
 * All clients of a server lose their connections at once, under the limits of the product and as many people. They come
 * back by themselves and go on where they were: nobody has missed an event or started anew.
 */
export async function stormOfClients(plan: StormPlan): Promise<StormOutcome> {
  using directory = temporaryDirectory();
  await using proxy = await faultyProxy();
  const start = async (port = 0) => {
    const started = await startObservedServer({
      directory: directory.path,
      port,
      ...(plan.cause === 'cut' && { publicUrl: proxy.url }),
      limits: 'default',
    });
    proxy.target = Number(new URL(started.hello.url).port);
    return started;
  };
  let server = await start();
  try {
    const nearBy = () => createPerdureClient({ url: server.hello.url, token: 'near' });
    let near = nearBy();
    const created = await Promise.all(Array.from({ length: plan.sessions }, () => near.sessions.create()));
    const ids = created.map(({ id }) => id);
    await using storms = new AsyncDisposableStack();
    const crowds = await Promise.all(
      Array.from({ length: plan.processes }, async () =>
        storms.use(
          await startStormClients(
            plan.cause === 'cut' ? proxy.url : server.hello.url,
            plan.clients / plan.processes,
            ids,
          ),
        ),
      ),
    );
    const reports = () => Promise.all(crowds.map((crowd) => crowd.report()));
    const sum = async (count: 'live' | 'lost') =>
      (await reports()).reduce((total, report) => total + report[count], 0);
    let runs: { readonly id: string; readonly runId: string }[] = [];
    const speak = async () => {
      runs = [];
      for (const id of ids) {
        const { runId = '' } = await near.session(id).submit(JSON.stringify(talk));
        runs.push({ id, runId });
      }
    };
    await speak();
    const readers = plan.stay === 0 ? undefined : storms.use(await startStayers(server.hello.url, plan.stay));
    while ((await sum('live')) < plan.clients) await sleep(LOOK_MS);
    await readers?.report();
    await sleep(plan.watchSeconds * 1_000);
    const calm = await readers?.report();
    const { mostRssBytes: calmBytes } = await server.report();

    expect(await sum('lost')).toBe(0);
    if (plan.cause === 'cut') proxy.cutAll('reset');
    else await server.kill();
    if (plan.cause === 'restart') {
      near.close();
      server = await start(Number(new URL(server.hello.url).port));
      near = nearBy();
    }
    const startMs = performance.now();
    if (plan.cause === 'restart') await speak();
    while ((await sum('lost')) < plan.clients || (await sum('live')) < plan.clients) await sleep(LOOK_MS);
    const liveSeconds = Math.round((performance.now() - startMs) / 100) / 10;
    const storm = await readers?.report();
    const { mostRssBytes: stormBytes } = await server.report();

    const heads = new Map<string, number>();
    for (const { id, runId } of runs) {
      const session = near.session(id);
      await session.interrupt({ runId });
      while ((await session.run({ runId, wait: 30 })).status !== 'cancelled');
      heads.set(id, (await session.eventPage({ order: 'desc', limit: 1 })).items[0]?.seq ?? 0);
    }
    const isBehind = async () =>
      (await reports()).some(({ logs }) =>
        logs.some(({ sessionId, fewest }) => fewest < (heads.get(sessionId) ?? 0)),
      );
    while (await isBehind()) await sleep(LOOK_MS);
    const last = await reports();
    for (const { failed, gaps, snapshots } of last) {
      expect({ failed, gaps, snapshots }).toEqual({ failed: 0, gaps: 0, snapshots: 0 });
    }
    for (const id of ids) {
      const hashes = last.flatMap(({ logs }) => logs.find(({ sessionId }) => sessionId === id)?.hashes ?? []);
      expect(new Set(hashes).size, 'what the followers of a session have read').toBe(1);
    }
    near.close();
    return {
      liveSeconds,
      ...(calm &&
        storm && {
          stayed: { calmP99Ms: calm.p99Ms, stormP99Ms: storm.p99Ms, stormHeard: storm.heard },
        }),
      calmBytes,
      stormBytes,
      streams: last.reduce((total, { streams }) => total + streams, 0),
    };
  } finally {
    await server.kill();
  }
}
