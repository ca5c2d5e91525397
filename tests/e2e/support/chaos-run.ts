import { EventEmitter, once } from 'node:events';
import { type AnyEvent, type ClientClock, createPerdureClient } from '@perdure/client';
import { emptySessionState, reduceSession, windowSessionState } from '@perdure/protocol';
import { functionAgent } from '@perdure/server';
import { expect } from 'vitest';
import { faultyProxy } from '../../network/faulty-proxy.ts';
import { readLog, startFollower } from './event-log.ts';
import { runningServer } from './running-server.ts';

/** Comes back at once: the waits between two tries are proven elsewhere. */
const eager: ClientClock = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: queueMicrotask,
  random: () => 0,
  id: () => crypto.randomUUID(),
};

/** Numbers in [0, 1) that are the same for the same seed. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * An agent says so many things over a network that breaks so often meanwhile; each follower's log is compared with the
 * server's, event by event while the log is whole, and by its fold once deltas were taken out of it.
 */
export async function chaosRun(
  count: number,
  seed: number,
  breaks: number,
): Promise<{ readonly cuts: number; readonly events: number }> {
  const agent = new EventEmitter();
  const chance = chances(seed);
  await using proxy = await faultyProxy();
  await using server = await runningServer({
    publicUrl: proxy.url,
    agents: {
      talker: functionAgent(async (_turn, session) => {
        for (let index = 1; index <= count; index += 1) {
          const kind = index % 7;
          const goesOn =
            kind === 0
              ? session.block({ type: 'system', subtype: 'log', message: `part ${index}` })
              : kind < 4
                ? session.text(`word ${index} `)
                : session.log('info', `line ${index}`, { index });
          if (!goesOn) await session.drained();
          if (index % 20 === 0) await session.flushed();
          if (index % Math.floor(count / breaks) === 0) await proxy.cut(chance());
        }
        await session.flushed();
        agent.emit('said');
        await once(agent, 'end');
      }),
    },
  });
  proxy.target = server.port;
  const near = createPerdureClient({ url: server.url });
  const { id } = await near.sessions.create();
  const options = { clock: eager };
  const followers = [
    startFollower(proxy.url, id, options),
    startFollower(proxy.url, id, options),
    startFollower(proxy.url, id, options),
    startFollower(proxy.url, id, { ...options, WebSocket: null }),
  ];
  const said = once(agent, 'said');
  const { runId } = await near.session(id).submit('go');
  await said;
  const log = await readLog(near, id);
  const head = log.at(-1)?.seq ?? 0;
  await Promise.all(followers.map((follower) => follower.until((event) => event.seq >= head)));
  for (const { events } of followers) expect(events).toEqual(log);

  agent.emit('end');
  const isDone = (event: AnyEvent) => event.type === 'run:completed' && event.runId === runId;
  await Promise.all(followers.map((follower) => follower.until(isDone)));
  const foldOf = (events: readonly AnyEvent[]) =>
    windowSessionState(events.reduce(reduceSession, emptySessionState(id)));
  const { conversations } = (await server.ask('GET', `/v1/sessions/${id}`)).body.state;
  for (const { events } of followers) expect(foldOf(events).conversations).toEqual(conversations);
  await Promise.all(followers.map((follower) => follower.leave()));
  near.close();
  return { cuts: proxy.cuts, events: head };
}
