import type { SessionListItem } from '@perdure/client';
import { expect, test, vi } from 'vitest';
import { type RunningServer, runningServer } from './support/running-server.ts';
import { framesOf, trpcSocket } from './support/trpc-socket.ts';

async function pages(server: RunningServer, query = '', limit = 100): Promise<SessionListItem[]> {
  const items: SessionListItem[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await server.ask(
      'GET',
      `/v1/sessions?limit=${limit}${query}${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    expect(page.status).toBe(200);
    items.push(...page.body.items);
    cursor = page.body.nextCursor;
  }
  return items;
}

const idsOf = (items: readonly (SessionListItem | null)[]) => items.map((item) => item?.id);

test('[G1] a thousand sessions page stably, last changed first, also where many changed at one moment', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }); // one moment for all of them
  await using server = await runningServer();
  const made = Array.from({ length: 1_000 }, (_none, index) => `s-${index}`);
  for (let at = 0; at < made.length; at += 100)
    await Promise.all(made.slice(at, at + 100).map((id) => server.runtime.host.createSession({ id })));
  vi.useRealTimers();
  const once = await pages(server);
  expect(new Set(once.map((item) => item.updatedAt)).size).toBe(1);
  expect(idsOf(once).sort()).toEqual([...made].sort());
  expect(idsOf(await pages(server))).toEqual(idsOf(once));
  expect(idsOf(await pages(server, '', 37))).toEqual(idsOf(once));

  await server.client().session('s-500').update({ title: 'Changed' });
  const [first, ...others] = idsOf(await pages(server));
  expect(first).toBe('s-500');
  expect(others).toEqual(idsOf(once).filter((id) => id !== 's-500'));
  const counted = await server.ask('GET', '/v1/sessions?count=true&limit=1');
  expect(counted.body).toMatchObject({ count: 1_000, items: [{ id: 's-500' }] });
});

test('[G1] sessions are created, changed, found by each filter, archived and deleted', async () => {
  await using server = await runningServer();
  const { ask } = server;
  const create = (body: object) => ask('POST', '/v1/sessions', { body });
  expect(
    (await create({ id: 'red', title: 'Red Roses', tags: ['x', 'y'], metadata: { team: 'a' } })).status,
  ).toBe(201);
  expect((await create({ id: 'red' })).status).toBe(200);
  await create({ id: 'blue', tags: ['y'], metadata: { team: 'b' }, options: { repeat: 100_000 } });
  await create({ id: 'child', parentId: 'red', message: 'a rose is a rose', options: { delayMs: 0 } });
  const { runId } = (await ask('GET', '/v1/sessions/child/runs')).body.items[0];
  await ask('GET', `/v1/sessions/child/runs/${runId}?wait=30`);
  const running = await ask('POST', '/v1/sessions/blue/messages', { body: { content: 'go' } });
  await expect
    .poll(async () => idsOf(await pages(server, '&activity=running')), { timeout: 10_000 })
    .toEqual(['blue']);
  const patched = await ask('PATCH', '/v1/sessions/red', { body: { archived: true } });
  expect(patched.status).toBe(200);

  const found = {
    '&activity=idle': ['red', 'child'],
    '&archived=true': ['red'],
    '&archived=false': ['blue', 'child'],
    '&tag=y': ['red', 'blue'],
    '&tag=x': ['red'],
    '&q=ROSE': ['red', 'child'],
    '&metadata.team=b': ['blue'],
    '&q=tulip': [],
  };
  for (const [query, ids] of Object.entries(found))
    expect([query, idsOf(await pages(server, query)).sort()]).toEqual([query, [...ids].sort()]);
  expect(idsOf((await ask('GET', '/v1/sessions?ids=child,nope,red')).body.items)).toEqual([
    'child',
    undefined,
    'red',
  ]);
  expect((await ask('GET', '/v1/sessions/child')).body.state).toMatchObject({ id: 'child', parentId: 'red' });
  const [child] = await pages(server, '&q=rose is');
  expect(child).toMatchObject({
    id: 'child',
    parentId: 'red',
    lastText: 'a rose is a rose',
    activity: 'idle',
  });

  await ask('POST', '/v1/sessions/blue/interrupt', { body: { runId: running.body.runId } });
  for (const id of ['red', 'blue', 'child'])
    expect((await ask('DELETE', `/v1/sessions/${id}`)).status).toBe(204);
  expect(await pages(server)).toEqual([]);
  expect((await ask('DELETE', '/v1/sessions/red')).error?.code).toBe('session-not-found');
});

test('[G1] a socket that follows one session hears nothing of the list', async () => {
  await using server = await runningServer();
  const client = server.client();
  const { id } = await client.sessions.create();
  using socket = await trpcSocket(server.url);
  socket.follow(1, { sessionId: id });
  await socket.until((messages) => framesOf(messages, 1)[0]);
  const { length } = socket.messages;
  for (const other of ['a', 'b', 'c']) {
    await client.sessions.create({ id: other });
    await client.session(other).update({ title: 'Changed' });
    await client.session(other).delete();
  }
  socket.send({ id: 2, method: 'query', params: { path: 'sessions.list', input: {} } });
  await socket.until((messages) => messages.some((message) => message.id === 2));
  expect(socket.messages.slice(length).map((message) => message.id)).toEqual([2]);
});
