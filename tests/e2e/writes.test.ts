import type { AnyEvent } from '@perdure/client';
import { createScriptController, functionAgent, type SessionStore, scriptedAgent } from '@perdure/server';
import { FaultySessionStore, SqliteSessionStore } from '@perdure/server/testing';
import { expect, test } from 'vitest';
import { readLog } from './support/event-log.ts';
import { eventStream } from './support/event-stream.ts';
import { runningServer } from './support/running-server.ts';
import { eventsOf, framesOf, trpcSocket } from './support/trpc-socket.ts';

type Call = readonly [name: string, argument: unknown];

/** A store that notes what is asked of it. */
function notingStore(inner: SessionStore, calls: Call[]): SessionStore {
  return new Proxy(inner, {
    get(target, name) {
      const found = Reflect.get(target, name, target);
      if (typeof found !== 'function') return found;
      return (...args: unknown[]) => {
        calls.push([String(name), args[0]]);
        return found.apply(target, args);
      };
    },
  });
}

test('[H1] all that a session writes are its events: one way in, in rows that are the log', async () => {
  const calls: Call[] = [];
  const agent = functionAgent(async (_turn, session) => {
    for (let index = 0; index < 20; index += 1) {
      session.text(`word ${index} `);
      if (index % 5 === 0) await session.flushed();
    }
    session.toolUse({ name: 'search', input: null }).result('found');
  });
  await using server = await runningServer({
    agents: { agent },
    storeIn: (directory) => notingStore(new SqliteSessionStore({ directory }), calls),
  });
  const client = server.client();
  const { id } = await client.sessions.create({ title: 'One' });
  calls.length = 0;
  const session = client.session(id);
  const { runId = '' } = await session.submit('go');
  await session.run({ runId, wait: 30 });
  await session.update({ title: 'Two', tags: ['x'] });
  const { length: commandsAndReads } = calls;
  expect(commandsAndReads).toBeGreaterThan(0);

  const reads = [
    'find',
    'get',
    'list',
    'read',
    'scan',
    'claims',
    'command',
    'snapshot',
    'blocks',
    'runs',
    'run',
  ];
  const writes = calls.filter(([name]) => !reads.includes(name) && name !== 'health');
  expect(new Set(writes.map(([name]) => name))).toEqual(new Set(['append', 'compact']));
  const appends = writes.flatMap(([name, argument]) =>
    name === 'append'
      ? [argument as { rows: { after: number; through: number; body: string }[]; after: number }]
      : [],
  );
  let place = 1; // session:created
  for (const { after, rows } of appends) {
    expect(after).toBe(place);
    expect(rows.length).toBeGreaterThan(0); // nothing is written without an event that says it
    for (const row of rows) {
      expect(row.after).toBe(place);
      place = row.through;
    }
  }
  const written: AnyEvent[] = appends.flatMap(({ rows }) =>
    rows.flatMap(({ body }) => JSON.parse(`[${body}]`)),
  );
  const kept = written.filter((event) => event.type !== 'block:delta');
  const log = (await readLog(client, id)).filter((event) => event.type !== 'block:delta');
  expect(log.slice(1)).toEqual(kept);
});

test('[H3] what is not on disk yet is neither answered nor followed nor read', async () => {
  let faulty: FaultySessionStore | undefined;
  const script = createScriptController();
  await using server = await runningServer({
    agents: { writer: scriptedAgent(script.script) },
    storeIn: (directory) => {
      faulty = new FaultySessionStore(new SqliteSessionStore({ directory }));
      return faulty.store;
    },
  });
  const client = server.client();
  const { id } = await client.sessions.create();
  using socket = await trpcSocket(server.url);
  socket.follow(1, { sessionId: id, from: 'beginning' });
  await using stream = await eventStream(`${server.url}/v1/sessions/${id}/events?from=beginning`);
  const { runId = '' } = await client.session(id).submit('go');
  await script.says('durable ');
  const seen = () => eventsOf(framesOf(socket.messages, 1)).length;
  await socket.until(() => JSON.stringify(eventsOf(framesOf(socket.messages, 1))).includes('durable '));
  const before = { seen: seen(), log: await readLog(client, id) };

  const release = faulty?.hold();
  const said = script.says('not yet');
  const updated = client.session(id).update({ title: 'Not yet' });
  let isAnswered = false;
  updated.then(() => {
    isAnswered = true;
  });
  // Had anything been told, it would have come before the answers to these.
  for (let call = 2; call < 12; call += 1) {
    socket.send({ id: call, method: 'query', params: { path: 'sessions.get', input: { sessionId: id } } });
    await socket.until((messages) => messages.some((message) => message.id === call));
  }
  expect(
    socket.messages
      .filter((message) => message.id !== 1)
      .map(({ text }) => text)
      .join(),
  ).not.toContain('ot yet');
  expect([seen(), isAnswered]).toEqual([before.seen, false]);
  expect(await readLog(client, id)).toEqual(before.log);
  expect(JSON.stringify(stream.frames())).not.toContain('ot yet');
  const late = await server.ask('GET', `/v1/sessions/${id}`);
  expect(late.text).not.toContain('ot yet');

  release?.();
  await Promise.all([said, updated]);
  await script.ends();
  await client.session(id).run({ runId, wait: 30 });
  await socket.until(() => JSON.stringify(eventsOf(framesOf(socket.messages, 1))).includes('run:completed'));
  const told = JSON.stringify(eventsOf(framesOf(socket.messages, 1)));
  for (const words of ['not yet', 'Not yet']) expect(told).toContain(words);
});

test('[I1] what an environment emits by itself is in the log as it was said, under its run', async () => {
  const script = createScriptController();
  await using server = await runningServer({ agents: { writer: scriptedAgent(script.script) } });
  const client = server.client();
  const { id } = await client.sessions.create();
  const { runId = '' } = await client.session(id).submit('go');
  const emit = (emission: Extract<Parameters<typeof script.does>[0], { emit: unknown }>['emit']) =>
    script.does({ emit: emission });
  const emissions: Parameters<typeof emit>[0][] = [
    { type: 'log', payload: { level: 'warn', message: 'careful', data: { of: ['this'] } } },
    { type: 'error', payload: { code: 'odd', message: 'Something is odd.' } },
    { type: 'app:event', payload: { name: 'chart:ready', data: { url: 'x' } } },
  ];
  for (const emission of emissions) await emit(emission);
  const log = await readLog(client, id); // durable as soon as the step is played, while the run goes on
  const said = log.filter((event) => event.source === 'agent');
  expect(said).toMatchObject(
    emissions.map((emission) => ({ ...emission, runId, agent: 'writer', conversationId: 'main' })),
  );
  await script.ends();
  expect((await client.session(id).run({ runId, wait: 30 })).status).toBe('completed');
});
