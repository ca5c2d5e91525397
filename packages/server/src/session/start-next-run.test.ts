import { expect, test } from 'vitest';
import { DecidedSession } from '../testing/decided-session.ts';
import { agentOf } from '../testing/host-world.ts';
import { startNextRun } from './start-next-run.ts';

const actor = { principalId: 'ann' };

/** Two messages wait, and no run is open. */
async function twoWait() {
  const session = new DecidedSession({ environment: 'starting' });
  const { runId: first } = await session.submit('first');
  const { runId: second } = await session.submit('second');
  const next = (given = {}) =>
    session.decide((decision) => {
      startNextRun(decision, { ...session.context(decision, { environment: 'ready', ...given }) });
    });
  return { session, first, second, next };
}

test('[J1] the message that has waited longest is answered first, one run at a time', async () => {
  const { session, first, second, next } = await twoWait();
  expect(next()).toMatchObject({ effects: [{ kind: 'run', runId: first }] });
  expect(next()).toMatchObject({ types: [], effects: [] });
  session.add({ type: 'run:completed', payload: {}, actor, source: 'server', runId: first });
  expect(next()).toMatchObject({ effects: [{ kind: 'run', runId: second }] });
  session.add({ type: 'run:completed', payload: {}, actor, source: 'server', runId: second });
  expect(next()).toMatchObject({ types: [], effects: [] });
});

test('what waits goes on waiting while the server drains, the queue is held, or the session is archived', async () => {
  const { session, next } = await twoWait();
  expect(next({ mayStart: false }).types).toEqual([]);
  expect(next({ environment: 'starting' }).types).toEqual([]);
  await session.command({ name: 'update', input: { archived: true } });
  expect(next().types).toEqual([]);
  await session.command({ name: 'update', input: { archived: false } }, { mayStart: false });
  await session.command({ name: 'queue.hold', input: {} });
  expect(next().types).toEqual([]);
});

test('[I3] an environment comes before the first run, by who sent the message that needs it', async () => {
  const definition = agentOf({});
  const { next } = await twoWait();
  const { events, effects } = next({ environment: 'absent', agents: new Map([['writer', definition]]) });
  expect(events).toMatchObject([
    { type: 'environment:starting', payload: {}, actor, source: 'environment', agent: 'writer' },
  ]);
  expect(effects).toEqual([{ kind: 'start-environment', agent: 'writer', definition }]);
});

test('[I6] an agent that this server does not host any more is an error that says so, and nothing is started', async () => {
  const { session, next } = await twoWait();
  const { events, effects } = next({ environment: 'absent', agents: new Map() });
  const stamp = { actor, source: 'environment', agent: 'writer' };
  expect(events).toMatchObject([
    { type: 'environment:starting', ...stamp },
    {
      type: 'environment:error',
      payload: { code: 'unknown-agent', message: expect.stringContaining('no agent "writer"') },
      ...stamp,
    },
  ]);
  expect(effects).toEqual([]);
  expect(session.state.queue).toHaveLength(2);
});

test('a message whose run is over, or was never heard of, is passed over and not waited for', async () => {
  for (const isKnown of [true, false]) {
    const { session, first, second, next } = await twoWait();
    session.add({ type: 'run:cancelled', payload: {}, actor, source: 'user', runId: first });
    const [over, ...queue] = session.state.queue;
    if (!isKnown && over !== undefined) {
      session.state = { ...session.state, queue: [{ ...over, runId: 'never queued' }, ...queue] };
    }
    expect(next()).toMatchObject({ effects: [{ kind: 'run', runId: second }] });
  }
});

test('a message that branches is delivered behind the block it follows', async () => {
  const { session, next } = await twoWait();
  session.state = {
    ...session.state,
    queue: session.state.queue.map((message) => ({ ...message, after: 'earlier' })),
  };
  const { events } = next();
  expect(events[0]?.payload).toMatchObject({ block: { parentId: 'earlier' } });
});
