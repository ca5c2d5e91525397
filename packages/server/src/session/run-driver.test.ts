import { expect, test } from 'vitest';
import type { ExecutionEnvironment, RunEnd } from '../environment/execution-environment.ts';
import { agentOf, hostWorld, typesOf, until } from '../testing/host-world.ts';

/** What becomes of one run in an environment of these parts. */
async function runIn(parts: Partial<ExecutionEnvironment>) {
  await using world = await hostWorld({ agent: agentOf(parts), times: { abortMs: 20, stopMs: 20 } });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  const run = await session.run({ runId, wait: 5 });
  return { run, types: await typesOf(session) };
}

const fails = () => Promise.reject(new Error('boom'));
const throws = () => {
  throw new Error('not even a promise');
};

test('[A23] a run ends whatever its environment makes of the questions about it', async () => {
  const never = () => new Promise<never>(() => undefined);
  const ends = await Promise.all([
    runIn({ run: fails, isHealthy: throws }),
    runIn({ run: fails, isHealthy: never }),
    runIn({ run: throws, isHealthy: fails, stop: throws }),
    runIn({ run: fails, isHealthy: async () => false, stop: never }),
  ]);
  for (const { run, types } of ends) {
    expect(run).toMatchObject({ status: 'failed', error: { code: 'agent-failed' } });
    expect(types.slice(-2)).toEqual(['run:failed', 'environment:terminated']);
  }
});

test('an end that nobody could read is a failed run and not an endless one', async () => {
  const odd: unknown[] = [
    undefined,
    { status: 'failed' },
    { status: 'completed', usage: 'much' },
    { status: 7 },
  ];
  for (const end of odd) {
    const { run } = await runIn({ run: async () => end as RunEnd });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'agent-failed' } });
  }
});

test('[I3] transitions of an environment are told in order, whatever is asked meanwhile', async () => {
  let starts = 0;
  const started = Promise.withResolvers<void>();
  const world = await hostWorld({
    agent: agentOf({
      start: () => {
        starts += 1;
        return starts === 1 ? started.promise : Promise.resolve();
      },
    }),
  });
  const { session } = await world.host.createSession({});
  await session.submit({ content: 'one' });
  await until(() => starts === 1);
  const release = world.faults.hold();
  const held = session.update({ title: 'holds the loop' });
  await new Promise(setImmediate);
  const second = session.submit({ content: 'two' }); // is decided when the failure is known to the driver, not to the log
  await new Promise(setImmediate);
  started.reject(new Error('no such image'));
  await new Promise(setImmediate);
  release();
  await Promise.all([held, second]);
  const third = await session.submit({ content: 'three' });
  await session.run({ runId: third.runId ?? '', wait: 5 });
  const types = (await typesOf(session)).filter((type) => type.startsWith('environment:'));
  expect(types).toEqual([
    'environment:starting',
    'environment:error',
    'environment:starting',
    'environment:ready',
  ]);
  await world[Symbol.asyncDispose]();
});

test('[I3] no run begins before its environment was told ready', async () => {
  const started = Promise.withResolvers<void>();
  const world = await hostWorld({ agent: agentOf({ start: () => started.promise }) });
  const { session } = await world.host.createSession({});
  await session.submit({ content: 'one' });
  const release = world.faults.hold();
  const held = session.update({ title: 'holds the loop' });
  await new Promise(setImmediate);
  const second = session.submit({ content: 'two' });
  await new Promise(setImmediate);
  started.resolve();
  await new Promise(setImmediate);
  release();
  await held;
  const { runId = '' } = await second;
  await session.run({ runId, wait: 5 });
  const types = (await typesOf(session)).filter((type) => /^(environment|run):/.test(type));
  expect(types.slice(0, 3)).toEqual(['environment:starting', 'environment:ready', 'run:started']);
  await world[Symbol.asyncDispose]();
});

test('an environment is made only when the one that was lost before it has stopped', async () => {
  const events: string[] = [];
  const stopped = Promise.withResolvers<void>();
  let isBroken = true;
  await using world = await hostWorld({
    agent: agentOf({
      start: async () => void events.push('start'),
      run: () => (isBroken ? fails() : Promise.resolve({ status: 'completed' })),
      isHealthy: async () => !isBroken,
      stop: async () => {
        events.push('stop');
        await stopped.promise;
        events.push('stopped');
      },
    }),
  });
  const { session } = await world.host.createSession({});
  const first = await session.submit({ content: 'one' });
  await session.run({ runId: first.runId ?? '', wait: 5 });
  isBroken = false;
  const second = await session.submit({ content: 'two' });
  await new Promise(setImmediate);
  expect(events).toEqual(['start', 'stop']);
  stopped.resolve();
  expect(await session.run({ runId: second.runId ?? '', wait: 5 })).toMatchObject({ status: 'completed' });
  expect(events).toEqual(['start', 'stop', 'stopped', 'start']);
});
