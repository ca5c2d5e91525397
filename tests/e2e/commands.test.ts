import type { AnyEvent, SessionState } from '@perdure/client';
import { createScriptController, scriptedAgent } from '@perdure/server';
import { expect, test } from 'vitest';
import { readLog, startFollower } from './support/event-log.ts';
import { runningServer } from './support/running-server.ts';

/** A server whose agent does what a script says, and a session of it. */
async function withScript() {
  const script = createScriptController();
  const server = await runningServer({ agents: { writer: scriptedAgent(script.script) } });
  const client = server.client();
  const { id } = await client.sessions.create();
  return { server, script, client, id, session: client.session(id) };
}

const texts = (state: SessionState) =>
  state.conversations['main']?.blocks.flatMap((block) => ('content' in block ? [block.content] : []));

test('[J1][G2] ten messages sent at once are answered in order, each place and run as each submit said', async () => {
  await using server = await runningServer();
  const client = server.client();
  const { id } = await client.sessions.create({ options: { delayMs: 0 } });
  const follower = startFollower(server.url, id);
  const sent = Array.from({ length: 10 }, (_none, index) =>
    server.ask('POST', `/v1/sessions/${id}/messages`, {
      body: { content: `question ${index}`, commandId: `c${index}` },
    }),
  );
  const answers = (await Promise.all(sent)).map(({ body }) => body).sort((a, b) => a.seq - b.seq);
  const last = answers.at(-1);
  await client.session(id).run({ runId: last.runId, wait: 30 });
  await follower.until((event) => event.type === 'run:completed' && event.runId === last.runId);
  for (const log of [await readLog(client, id), follower.events]) {
    for (const { seq, runId, commandId, duplicate } of answers) {
      const event = log.find((candidate) => candidate.seq === seq);
      expect(event).toMatchObject({ type: 'message:queued', runId, payload: { commandId } });
      expect(duplicate).toBe(false);
    }
    const started = log.filter((event) => event.type === 'run:started').map((event) => event.runId);
    expect(started).toEqual(answers.map(({ runId }) => runId));
  }
  const { state } = (await server.ask('GET', `/v1/sessions/${id}`)).body;
  const asked = answers.map(({ commandId }) => `question ${commandId.slice(1)}`);
  expect(texts(state)).toEqual(asked.flatMap((question) => [question, question]));
  await follower.leave();
});

test('[G2] a submit says how many messages go before it', async () => {
  const { server, script, id, session } = await withScript();
  await using _ending = server;
  await session.submit('first');
  await script.says('one');
  const submit = async (content: string) =>
    (await server.ask('POST', `/v1/sessions/${id}/messages`, { body: { content } })).body;
  const [second, third] = [await submit('second'), await submit('third')];
  expect([second.position, third.position]).toEqual([0, 1]);
  expect(third.seq).toBeGreaterThan(second.seq);
});

test('[J4] a command id is done once, also sent at the same moment, and refused for anything else', async () => {
  const { server, script, client, id } = await withScript();
  await using _ending = server;
  const path = `/v1/sessions/${id}/messages`;
  const body = { content: 'hello', commandId: 'once' };
  const answers = await Promise.all(Array.from({ length: 10 }, () => server.ask('POST', path, { body })));
  expect(answers.filter((answer) => !answer.body.duplicate)).toHaveLength(1);
  expect(
    new Set(answers.map((answer) => `${answer.status} ${answer.body.seq} ${answer.body.runId}`)).size,
  ).toBe(1);
  const other = await server.ask('POST', path, { body: { ...body, content: 'other' } });
  expect([other.status, other.error?.code]).toEqual([409, 'idempotency-mismatch']);
  const patch = await server.ask('PATCH', `/v1/sessions/${id}`, {
    body: { commandId: 'once', title: 'Other' },
  });
  expect(patch.error?.code).toBe('idempotency-mismatch');
  await script.ends();
  await client.session(id).run({ runId: answers[0]?.body.runId, wait: 30 });
  const queued = (await readLog(client, id)).filter((event) => event.type === 'message:queued');
  expect(queued).toHaveLength(1);
});

test('[J6] what a stopped run still says answers nothing, neither then nor later', async () => {
  const { server, script, client, id, session } = await withScript();
  await using _ending = server;
  const follower = startFollower(server.url, id);
  const first = await session.submit('first');
  await script.does({ afterAbort: [{ text: 'too late' }] });
  await script.says('one ');
  await session.interrupt({ runId: first.runId ?? '' });
  expect(await session.run({ runId: first.runId ?? '', wait: 30 })).toMatchObject({ status: 'cancelled' });
  const second = await session.submit('second');
  await script.says('two');
  await script.ends();
  await session.run({ runId: second.runId ?? '', wait: 30 });
  await follower.until((event) => event.type === 'run:completed');
  const { state } = (await server.ask('GET', `/v1/sessions/${id}`)).body;
  expect(texts(state)).toEqual(['first', 'one ', 'second', 'two']);
  for (const log of [await readLog(client, id), follower.events])
    expect(JSON.stringify(log)).not.toContain('too late');
  await follower.leave();
});

test('[J10] whoever sees a run finished has every event of it', async () => {
  const { server, script, client, id, session } = await withScript();
  await using _ending = server;
  const seenAtTheEnd: AnyEvent[][] = [];
  const followers = [startFollower(server.url, id), startFollower(server.url, id, { WebSocket: null })];
  const ends = followers.map(async (follower) => {
    await follower.until((event) => event.type === 'run:completed');
    seenAtTheEnd.push(
      follower.events.filter((event) => event.runId === runId && event.type !== 'block:delta'),
    );
  });
  const { runId = '' } = await session.submit('go');
  for (let index = 0; index < 50; index += 1)
    void script.usesTool({ name: 'search', input: index, output: index });
  await script.ends();
  const run = await session.run({ runId, wait: 30 });
  const log = (await readLog(client, id)).filter(
    (event) => event.runId === runId && event.type !== 'block:delta',
  );
  expect(log.at(-1)).toMatchObject({ type: 'run:completed', seq: run.endSeq });
  expect(log.length).toBeGreaterThan(200);
  await Promise.all(ends);
  for (const seen of seenAtTheEnd) expect(seen).toEqual(log);
  await Promise.all(followers.map((follower) => follower.leave()));
});
