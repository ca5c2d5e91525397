import { EventEmitter, once } from 'node:events';
import type { AnyEvent } from '@perdure/client';
import { functionAgent } from '@perdure/server';
import { readLog } from '../e2e/support/event-log.ts';
import { runningServer } from '../e2e/support/running-server.ts';
import { type FaultyClient, plannedProxy } from './support/planned-proxy.ts';
import { forAll, readRange } from './support/read-range.ts';

/** Events that each follower waits for. */
const TAIL_EVENTS = 12;
/** Followers at one time: each waits for the network most of its life. */
const AT_ONCE = 32;

export interface TailReading {
  readonly client: FaultyClient;
  /** What it read. */
  readonly events: readonly AnyEvent[];
  /** What it had to read, of the log of the server. */
  readonly expected: readonly AnyEvent[];
  /** What ended its reading, if it did not come to its end. */
  readonly error?: unknown;
  readonly connections: number;
}

/** While an agent speaks on and on, followers join, each over a connection with a fault, and read the next events. */
export async function followTail(clients: readonly FaultyClient[]): Promise<TailReading[]> {
  const { proxy, plan, connectionsOf } = await plannedProxy();
  await using _proxy = proxy;
  const agent = new EventEmitter();
  let hasEnough = false;
  const talker = functionAgent(async (_turn, session) => {
    for (let count = 1; !hasEnough; count += 1) {
      if (count % 3 === 0) session.log('info', `line ${count}`);
      else session.text(`w${count} `);
      await session.flushed();
      agent.emit('said');
    }
    await once(agent, 'end');
  });
  await using server = await runningServer({ publicUrl: proxy.url, agents: { talker } });
  proxy.target = server.port;
  const near = server.client();
  const { id: sessionId } = await near.sessions.create();
  await Promise.all([once(agent, 'said'), near.session(sessionId).submit('go')]);
  const { cursor } = (await server.ask('GET', `/v1/sessions/${sessionId}`)).body;
  const [epoch, seq] = cursor.split('.');
  let head = Number(seq);
  agent.on('said', () => {
    head += 1;
  });

  const readings: (Omit<TailReading, 'expected'> & { readonly from: number })[] = [];
  await forAll(clients, AT_ONCE, async (client) => {
    plan(client);
    const from = head;
    const range = { sessionId, after: `${epoch}.${from}`, until: from + TAIL_EVENTS };
    const read = await readRange(proxy.url, client, range);
    readings.push({ ...read, client, from, connections: connectionsOf(client.name).length });
  });
  hasEnough = true;
  const log = await readLog(near, sessionId);
  agent.emit('end');
  return readings.map(({ from, ...reading }) => ({
    ...reading,
    expected: log.slice(from, from + TAIL_EVENTS),
  }));
}
