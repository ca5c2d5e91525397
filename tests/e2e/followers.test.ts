import { type AnyEvent, createPerdureClient } from '@perdure/client';
import { emptySessionState, reduceSession } from '@perdure/protocol';
import { functionAgent } from '@perdure/server';
import { RecordingClientHub } from '@perdure/server/testing';
import { expect, test } from 'vitest';
import { readLog, startFollower } from './support/event-log.ts';
import { eventStream } from './support/event-stream.ts';
import { runningServer } from './support/running-server.ts';
import { codeOf, eventsOf, framesOf, trpcSocket } from './support/trpc-socket.ts';

const isDone = (event: AnyEvent) => event.type === 'run:completed';

/** Says more than the buffers of two sockets of one machine hold. */
const flood = functionAgent(async (_turn, session) => {
  for (let index = 0; index < 400; index += 1) {
    if (!session.log('info', `line ${index}`, 'x'.repeat(60_000))) await session.drained();
  }
});

test('[E7] a hub that is swapped in is told of the sessions that are there, and follows them', async () => {
  await using server = await runningServer();
  const client = server.client();
  const { id } = await client.sessions.create();
  using socket = await trpcSocket(server.url);
  socket.follow(1, { sessionId: id });
  await socket.until((messages) => framesOf(messages, 1)[0]);

  const hub = new RecordingClientHub();
  server.runtime.host.setClientHub(hub);
  await client.session(id).update({ title: 'After the swap' });
  const [told] = hub.eventsOfType('session:updated');
  expect(told?.payload).toEqual({ title: 'After the swap' });
  socket.follow(2, { sessionId: id });
  await expect
    .poll(() => hub.follows.map((follower) => follower.sessionId), { timeout: 10_000 })
    .toEqual([id]);
  await client.session(id).delete();
  expect(await socket.until((messages) => codeOf(messages, 2))).toBe('session-deleted');
});

test('[E8] three clients, a quick one, a slow one and one that sleeps, end with one state', async () => {
  await using server = await runningServer({ agents: { flood } });
  const client = server.client();
  const { id } = await client.sessions.create();
  const quick = startFollower(server.url, id);
  using sleeper = await trpcSocket(server.url);
  sleeper.follow(1, { sessionId: id, from: 'beginning' });
  await sleeper.until((messages) => framesOf(messages, 1)[0]);
  sleeper.ws.pause();

  // The slow one takes an event for every ten that the quick one has.
  const slow: AnyEvent[] = [];
  const slowClient = createPerdureClient({ url: server.url, WebSocket: null });
  const slowReading = (async () => {
    for await (const event of slowClient.session(id).events()) {
      await quick.until(({ seq }) => seq >= Math.min(event.seq * 10, 400));
      slow.push(event);
      if (isDone(event)) break;
    }
  })();
  const { runId = '' } = await client.session(id).submit('go');
  await quick.until(isDone);
  await client.session(id).run({ runId, wait: 30 });
  expect(eventsOf(framesOf(sleeper.messages, 1)).some(isDone)).toBe(false);
  sleeper.ws.resume();
  const slept = await sleeper.until((messages) => {
    const events = eventsOf(framesOf(messages, 1));
    return events.some(isDone) && events;
  });
  await slowReading;
  const logs = [quick.events, slow, slept].map((log) => log.slice(0, log.findIndex(isDone) + 1));
  const { state } = (await server.ask('GET', `/v1/sessions/${id}`)).body;
  const whole = await readLog(client, id);
  for (const log of logs) {
    expect(log).toEqual(whole.slice(0, log.length));
    expect(log.reduce(reduceSession, emptySessionState(id))).toEqual(state);
  }
  slowClient.close();
  await quick.leave();
});

test('[E9] a client that stops reading delays nobody, is closed 4008, and resumes with nothing lost', {
  timeout: 60_000,
}, async () => {
  await using server = await runningServer({
    agents: { flood },
    authenticate: () => ({ id: 'ann' }),
    limits: { sessionFollowersPerPrincipal: 2 },
  });
  const client = server.client();
  const { id } = await client.sessions.create();
  using stalled = await trpcSocket(server.url);
  stalled.follow(1, { sessionId: id, from: 'beginning' });
  await stalled.until((messages) => framesOf(messages, 1)[0]);
  stalled.ws.pause();

  await using stream = await eventStream(`${server.url}/v1/sessions/${id}/events?from=beginning`);
  await client.session(id).submit('go');
  await stream.until(({ events }) => events.at(-1)?.data?.includes('"run:completed"'));
  const whole = eventsOf(stream.frames());
  expect(stalled.ws.readyState).toBe(stalled.ws.OPEN);

  // Both places are taken, until the server gives up on the one that does not move.
  using waiting = await trpcSocket(server.url);
  const isIn = async (attempt: number): Promise<boolean> => {
    waiting.follow(attempt, { sessionId: id });
    return await waiting
      .until((messages) => {
        if (framesOf(messages, attempt).length > 0) return { is: true };
        return codeOf(messages, attempt) === 'too-many-streams' && { is: false };
      })
      .then(({ is }) => is);
  };
  expect(await isIn(1)).toBe(false);
  let attempt = 2;
  await expect.poll(() => isIn(attempt++), { timeout: 30_000, interval: 200 }).toBe(true);
  stalled.ws.resume();
  expect(await stalled.closed).toEqual({ code: 4008, reason: 'stalled' });

  const seen = framesOf(stalled.messages, 1);
  waiting.send({ id: attempt - 1, method: 'subscription.stop' });
  let resume = 100;
  await expect
    .poll(
      async () => {
        resume += 1;
        waiting.follow(resume, { sessionId: id, lastEventId: seen.at(-1)?.cursor ?? '' });
        return waiting.until(
          (messages) => codeOf(messages, resume) ?? (framesOf(messages, resume).length > 0 && 'in'),
        );
      },
      { timeout: 10_000 },
    )
    .toBe('in');
  const rest = await waiting.until(
    (messages) => framesOf(messages, resume).at(-1)?.live && framesOf(messages, resume),
  );
  expect(eventsOf([...seen, ...rest])).toEqual(whole);
});
