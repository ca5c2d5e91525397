import {
  type AnyEvent,
  createPerdureClient,
  memoryStorage,
  type PerdureClient,
  type Submitted,
} from '@perdure/client';
import { emptySessionState, parseCursor, reduceSession } from '@perdure/protocol';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { readLog } from '../e2e/support/event-log.ts';
import { facts } from '../e2e/support/facts.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { faultyProxy } from './faulty-proxy.ts';
import { frameReplay, type ReplayCounts } from './replay-frames.ts';
import { eagerClock } from './support/eager-clock.ts';
import type { Talk } from './support/talking-agent.ts';

export interface RestartableServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface RestartPlan {
  readonly restarts: number;
  readonly seed: number;
  /** Starts a server over a directory, with the talking agent, under this public address. */
  start(directory: string, publicUrl: string): Promise<RestartableServer>;
}

export interface RestartCounts {
  readonly events: number;
  readonly replayed: ReplayCounts;
}

/** One tab of a browser: it shows a session, and someone reads its log beside that. */
function openTab(url: string, storage: ReturnType<typeof memoryStorage>, wire: 'websocket' | 'stream') {
  const client = createPerdureClient({
    url,
    storage,
    clock: eagerClock,
    WebSocket: wire === 'stream' ? null : (WebSocket as unknown as typeof globalThis.WebSocket),
  });
  const left = new AbortController();
  const events: AnyEvent[] = [];
  const { tell, end, until } = facts();
  return {
    client,
    events,
    until,
    follow: (sessionId: string) => {
      client.session(sessionId).subscribe(tell);
      const read = async () => {
        for await (const event of client.session(sessionId).events({ signal: left.signal })) {
          events.push(event);
          tell();
        }
      };
      read().catch(end);
    },
    close: () => {
      left.abort();
      client.close();
    },
  };
}

const isQueued = ({ type, payload }: AnyEvent, commandId: string) =>
  type === 'message:queued' && (payload as { commandId?: unknown }).commandId === commandId;

const seqOf = (client: PerdureClient, id: string) =>
  parseCursor(client.session(id).getSnapshot().cursor)?.seq ?? 0;

/**
 * A server goes down and comes back, again and again, while an agent speaks and two tabs of one browser listen and write
 * over a network that sends frames twice, late, again or not at all. In the end both have the log and the state of the
 * server, and every message stands in it once.
 */
export async function restartRun({ restarts, seed, start }: RestartPlan): Promise<RestartCounts> {
  const random = seededRandom(seed);
  using directory = temporaryDirectory();
  const replay = frameReplay(random.fork('frames'), 8);
  await using proxy = await faultyProxy({ faultsOf: () => ({ down: { rewrite: replay.rewriter() } }) });
  let server = await start(directory.path, proxy.url);
  proxy.target = server.port;
  const storage = memoryStorage();
  const tabs = [openTab(proxy.url, storage, 'websocket'), openTab(proxy.url, storage, 'stream')] as const;
  const { id } = await tabs[0].client.sessions.create();
  for (const tab of tabs) tab.follow(id);

  const talk = (lines: number): string =>
    JSON.stringify({ lines, bytes: random.below(200), perSecond: 200 } satisfies Talk);
  const sent: string[] = [];
  const submissions: Promise<Submitted>[] = [];
  const submit = (lines: number) => {
    const commandId = `command-${sent.length}`;
    sent.push(commandId);
    const tab = random.pick(tabs);
    submissions.push(tab.client.session(id).submit(talk(lines), { commandId }));
    return commandId;
  };
  for (let round = 0; round < restarts; round += 1) {
    const commandId = submit(1_000);
    const { events, until } = random.pick(tabs);
    const more = 1 + random.below(30);
    await until(() => {
      const queuedAt = events.findIndex((event) => isQueued(event, commandId));
      return queuedAt !== -1 && events.length > queuedAt + more;
    });
    await server.stop();
    server = await start(directory.path, proxy.url);
    proxy.target = server.port;
  }
  replay.heal();
  submit(5);
  const runId = (await Promise.all(submissions)).at(-1)?.runId;

  const near = createPerdureClient({ url: `http://127.0.0.1:${server.port}` });
  const isDone = (event: AnyEvent) => event.type === 'run:completed' && event.runId === runId;
  for (const tab of tabs) await tab.until(() => tab.events.some(isDone));
  const log = await readLog(near, id);
  const head = log.at(-1)?.seq ?? 0;
  const state = log.reduce(reduceSession, emptySessionState(id));
  for (const { client, events, until } of tabs) {
    await until(() => events.length >= log.length && seqOf(client, id) >= head);
    expect(events).toEqual(log);
    expect(client.session(id).getSnapshot().state?.runs).toEqual(state.runs);
    expect(client.session(id).getSnapshot().state?.activity).toBe('idle');
  }
  const queued = log.filter(({ type }) => type === 'message:queued');
  expect(queued).toMatchObject(sent.map((commandId) => ({ payload: { commandId } })));
  for (const tab of tabs) tab.close();
  near.close();
  await server.stop();
  return { events: log.length, replayed: replay.counts };
}
