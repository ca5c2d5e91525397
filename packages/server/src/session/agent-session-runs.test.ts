import type { Block } from '@perdure/protocol';
import { expect, test } from 'vitest';
import type { RunEnd } from '../environment/execution-environment.ts';
import { agentOf, until } from '../testing/host-world.ts';
import { nextTurn } from '../testing/hub-world.ts';
import { loneSession } from '../testing/lone-session.ts';
import { HIGH_WATER_BYTES, OVERFLOW_BYTES } from './emission-queue.ts';

const line = (length = 1) => ({ level: 'info', message: 'x'.repeat(length) }) as const;
const call: Block = {
  ...{ id: 'call', type: 'tool_use', status: 'pending' },
  ...{ toolName: 't', toolUseId: 'use', input: {} },
};

async function speaking(options: Parameters<typeof loneSession>[0] = {}) {
  const world = await loneSession(options);
  const outcome = await world.submit('hello');
  await until(() => world.held.ports.length === 1);
  const [port] = world.held.ports;
  if (outcome.kind !== 'answered' || port === undefined) throw new Error('The run did not begin.');
  const typesFrom = async (after: number) =>
    (await world.inner.read(world.record.key, after, 1_000_000)).rows.map(({ type }) => type);
  return { ...world, port, runId: outcome.answer.runId ?? '', typesFrom };
}

test('[E10] a run that emits without ever waiting fails for it, and cannot be tried again as it is', async () => {
  const { session, port, runId } = await speaking();
  expect(() => {
    for (let bytes = 0; bytes <= OVERFLOW_BYTES; bytes += 60_000) port.emit('log', line(60_000));
  }).toThrow(expect.objectContaining({ code: 'emit-overflow' }));
  await session.runEnded();
  expect(session.state.current.runs).toMatchObject([
    {
      ...{ runId, status: 'failed' },
      error: { code: 'emit-overflow', message: expect.stringContaining('faster'), retryable: false },
    },
  ]);
});

test('[E10] a run that is told to wait waits until there is room', async () => {
  const gate = Promise.withResolvers<undefined>();
  let isShut = false;
  const { port } = await speaking({ append: () => (isShut ? gate.promise : Promise.resolve(undefined)) });
  isShut = true;
  let bytes = 0;
  while (port.emit('log', line(60_000))) bytes += 60_000;
  expect(bytes).toBeLessThanOrEqual(HIGH_WATER_BYTES);
  let hasRoom = false;
  const drained = port.drained().then(() => {
    hasRoom = true;
  });
  await nextTurn();
  expect(hasRoom).toBe(false);
  isShut = false;
  gate.resolve(undefined);
  await drained;
  expect(port.emit('log', line())).toBe(true);
});

test('[J4] a command that was done is answered again and not done again; one that changes nothing writes nothing', async () => {
  const { submit, command, appends, session } = await loneSession();
  session.drain();
  const first = await submit('hello', 'mine');
  const again = await submit('hello', 'mine');
  expect(again).toMatchObject({ ...first, answer: { duplicate: true } });
  await expect(submit('other', 'mine')).rejects.toMatchObject({ code: 'idempotency-mismatch' });
  const unchanged = await command({ name: 'update', input: { title: '' } });
  expect(unchanged).toEqual({ kind: 'answered', answer: { seq: expect.any(Number), duplicate: true } });
  expect(appends).toHaveLength(1);
});

test('[J6] what was said behind an interrupt is not in the log', async () => {
  const gate = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<void>();
  let isShut = false;
  const { port, command, session, runId, typesFrom } = await speaking({
    append: async () => {
      if (!isShut) return undefined;
      asked.resolve();
      return gate.promise;
    },
  });
  const head = session.state.through;
  isShut = true;
  const stopping = command({ name: 'interrupt', input: { runId } });
  await asked.promise;
  port.emit('log', line()); // it does not know yet
  isShut = false;
  gate.resolve(undefined);
  await stopping;
  await session.runEnded();
  expect(await typesFrom(head)).toEqual(['run:stopping', 'queue:held', 'run:cancelled']);
});

test('[C5] however a run ends, its open tool call is answered under an id of its own', async () => {
  const ends = {
    interrupt: (world: Awaited<ReturnType<typeof speaking>>) =>
      world
        .command({ name: 'interrupt', input: { runId: world.runId } })
        .then(() => world.session.runEnded()),
    close: (world: Awaited<ReturnType<typeof speaking>>) => world.session.close('unloaded'),
    recover: (world: Awaited<ReturnType<typeof speaking>>) => world.session.recover('store'),
  };
  for (const [name, end] of Object.entries(ends)) {
    const world = await speaking();
    world.port.emit('block:start', { block: call });
    await world.port.flushed();
    await end(world);
    const blocks = world.session.state.current.conversations['main']?.blocks;
    expect(blocks?.at(-1)).toMatchObject({ type: 'tool_result', toolUseId: 'use', id: expect.any(String) });
    if (name === 'close') expect(world.held.stops).toEqual(['manual']);
  }
});

test('what tells where runs and environments stand is written into a full log too', async () => {
  const { appends, session } = await speaking();
  await session.recover('store');
  await session.close('unloaded');
  const types = appends.map(({ rows, essential }) => [essential, rows[0]?.type]);
  expect(types).toEqual([
    [false, 'message:queued'],
    [true, 'environment:ready'],
    [true, 'run:interrupted'],
  ]);
});

test('[I6] an environment that could not start, or was lost, is made again for the next message', async () => {
  let fails = true;
  const agent = agentOf({
    start: () => (fails ? Promise.reject(new Error('no such image')) : Promise.resolve()),
    run: async (): Promise<RunEnd> => ({ status: 'failed', code: 'x', message: 'y', retryable: false }),
    isHealthy: async () => false,
  });
  const { session, submit, inner, record } = await loneSession({ agent });
  const status = () => session.state.current.environment.status;
  await submit('first');
  await until(() => status() === 'error');
  fails = false;
  await submit('second');
  await until(() => session.state.current.queue.length === 0 && status() === 'terminated');
  const { rows } = await inner.read(record.key, 0, 1_000_000);
  const told = rows.filter(({ type }) => type.startsWith('environment:'));
  expect(told.map(({ type }) => type.split(':')[1])).toEqual([
    ...['starting', 'error', 'starting', 'ready', 'terminated'],
    ...['starting', 'ready', 'terminated'],
  ]);
  expect(JSON.parse(told.at(-1)?.body ?? '')).toMatchObject({ payload: { reason: 'unhealthy' } });
});

test('what a creation asked for is set going', async () => {
  const { session, held } = await loneSession();
  const definition = agentOf({ start: async (context) => void held.contexts.push(context) });
  session.begin([{ kind: 'start-environment', agent: 'writer', definition }]);
  await until(() => held.contexts.length === 1);
  await until(() => session.state.current.environment.status === 'ready');
});

test('a log that cannot be compacted is a line for whoever runs the server, and nothing else', async () => {
  const boom = new Error('no compaction');
  const { session, command, runId, logged, lost } = await speaking({ compact: () => Promise.reject(boom) });
  await command({ name: 'interrupt', input: { runId } });
  await session.runEnded();
  await nextTurn();
  expect([logged, lost]).toEqual([[{ err: boom }], []]);
});

test('a block may have any id but that of a message that waits', async () => {
  const { submit, session, port } = await speaking();
  await submit('waits');
  const [waiting] = session.state.current.queue;
  const start = (id = '') =>
    port.emit('block:start', { block: { id, type: 'assistant_text', status: 'pending', content: '' } });
  expect(() => start(waiting?.messageId)).toThrow('has the id of a message that waits');
  expect(start('free')).toBe(true);
});
