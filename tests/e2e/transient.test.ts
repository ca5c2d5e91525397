import { isPerdureError } from '@perdure/client';
import { functionAgent } from '@perdure/server';
import { expect, test } from 'vitest';
import { readLog } from './support/event-log.ts';
import { eventStream } from './support/event-stream.ts';
import { runningServer } from './support/running-server.ts';
import { eventsOf } from './support/trpc-socket.ts';

/** As it would be told. */
const runtime = { activity: 'idle', environment: { status: 'ready' }, run: null };

test('[B12] events that are told and not kept have no place, no row and no frame', async () => {
  const refusals: unknown[] = [];
  const agent = functionAgent((_turn, session) => {
    session.text('something');
    try {
      session.emit('status:changed' as 'log', { runtime } as never);
    } catch (error) {
      refusals.push(isPerdureError(error) && error.code);
    }
  });
  await using server = await runningServer({ agents: { agent } });
  const client = server.client();
  const { id } = await client.sessions.create();
  await using stream = await eventStream(`${server.url}/v1/sessions/${id}/events?from=beginning`);
  const session = client.session(id);
  const told: string[] = [];
  session.onEvent((event) => told.push(event.type));
  await session.load();
  const { runId = '' } = await session.submit('go');
  await session.run({ runId, wait: 30 });
  const events = await stream.until(({ frames }) => {
    const seen = eventsOf(frames());
    return seen.some((event) => event.type === 'run:completed') && seen;
  });

  expect(told).toContain('status:changed'); // told by the client, from its fold
  expect(refusals).toEqual(['invalid-event']);
  for (const types of [events, await readLog(client, id)].map((log) => log.map((event) => event.type)))
    expect(types).not.toContain('status:changed');
  expect(server.rows(`SELECT body FROM entry WHERE body LIKE '%status:changed%'`)).toEqual([]);
  expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
});
