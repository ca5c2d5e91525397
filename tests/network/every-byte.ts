import { EventEmitter, once } from 'node:events';
import { functionAgent } from '@perdure/server';
import { expect } from 'vitest';
import { readLog } from '../e2e/support/event-log.ts';
import { runningServer } from '../e2e/support/running-server.ts';
import { followTail } from './follow-tail.ts';
import type { Wire } from './support/named-client.ts';
import { type FaultyClient, plannedProxy } from './support/planned-proxy.ts';
import { forAll, readRange } from './support/read-range.ts';

/** Clients at one time: each waits for the network most of its life. */
const AT_ONCE = 32;

/** Where the first connection of a client is cut: after so many bytes of one way. */
export interface Cut {
  readonly wire: Wire;
  readonly way: 'up' | 'down';
  readonly bytes: number;
}

/** One cut for each place of a range. */
export function everyPlace(
  wire: Wire,
  way: Cut['way'],
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: number },
): Cut[] {
  const count = Math.floor((to - from) / step) + 1;
  return Array.from({ length: count }, (_none, index) => ({ wire, way, bytes: from + index * step }));
}

const clientOf = ({ wire, way, bytes }: Cut): FaultyClient => ({
  name: `${wire} ${way} ${bytes}`,
  wire,
  faults: { [way]: { cutAfterBytes: bytes } },
});

/**
 * While an agent speaks on, followers lose their connection after so many bytes. Each has to read the log on from where
 * it joined, event by event.
 */
export async function cutTailAt(cuts: readonly Cut[]): Promise<{ readonly connections: number }> {
  const readings = await followTail(cuts.map(clientOf));
  for (const { client, events, expected, error } of readings) {
    expect(error, client.name).toBeUndefined();
    expect(events, client.name).toEqual(expected);
  }
  return { connections: readings.reduce((sum, { connections }) => sum + connections, 0) };
}

/** A frame of catch-up, and a row as it is kept for one. */
const FRAME_BYTES = 32_768;
const ROW_BYTES = 16_384;
/** What a connection carries beside frames: the answer to its request, tRPC's message that it has started, chunk sizes. */
const OPENING_BYTES = 1_024;

export interface Resent {
  readonly connections: number;
  /** The most that a cut cost: what came over all connections of a client, less what comes over one that is never cut. */
  readonly mostBytes: number;
  /** Of a connection that is never cut. */
  readonly wholeBytes: number;
}

/**
 * Followers that read a log of several frames from its beginning lose their connection after so many bytes. Each has to
 * have the whole log in the end, and what comes twice is at most what had not come whole.
 */
export async function cutCatchUpAt(
  cutsOf: (wholeBytes: Record<Wire, number>) => readonly Cut[],
): Promise<Resent> {
  const { proxy, plan, connectionsOf } = await plannedProxy();
  await using _proxy = proxy;
  const agent = new EventEmitter();
  const talker = functionAgent(async (_turn, session) => {
    for (let count = 0; count < 60; count += 1) {
      session.text(`${count % 10}`.repeat(count % 4 === 0 ? 3_000 : 40));
      if (count % 5 === 0) session.log('info', 'line', { pad: 'é'.repeat(count * 40) });
      await session.flushed();
    }
    agent.emit('said');
    await once(agent, 'end');
  });
  await using server = await runningServer({ publicUrl: proxy.url, agents: { talker } });
  proxy.target = server.port;
  const near = server.client();
  const { id: sessionId } = await near.sessions.create();
  await Promise.all([once(agent, 'said'), near.session(sessionId).submit('go')]);
  const log = await readLog(near, sessionId);
  const until = log.length;

  const bytesOf = (name: string) => connectionsOf(name).reduce((sum, { down }) => sum + down.passedBytes, 0);
  const wholeOf = async (wire: Wire) => {
    const name = `${wire} whole`;
    expect((await readRange(proxy.url, { name, wire }, { sessionId, until })).events).toEqual(log);
    return bytesOf(name);
  };
  const whole = { websocket: await wholeOf('websocket'), stream: await wholeOf('stream') };
  let mostBytes = 0;
  let connections = 0;
  const clients = new Map(cutsOf(whole).map((cut) => [clientOf(cut).name, clientOf(cut)]));
  await forAll([...clients.values()], AT_ONCE, async (client) => {
    const { name, wire } = client;
    plan(client);
    const { events, error } = await readRange(proxy.url, client, { sessionId, until });
    expect(error, name).toBeUndefined();
    expect(events, name).toEqual(log);
    const extra = bytesOf(name) - whole[wire];
    const made = connectionsOf(name).length;
    expect(extra, name).toBeLessThanOrEqual(FRAME_BYTES + ROW_BYTES + (made - 1) * OPENING_BYTES);
    mostBytes = Math.max(mostBytes, extra);
    connections += made;
  });
  agent.emit('end');
  return { connections, mostBytes, wholeBytes: Math.max(...Object.values(whole)) };
}
