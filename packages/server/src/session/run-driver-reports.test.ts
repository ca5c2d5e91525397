import { type Block, PerdureError } from '@perdure/protocol';
import { expect, test } from 'vitest';
import type { ExecutionEnvironment, RunPort, Turn } from '../environment/execution-environment.ts';
import { agentOf } from '../testing/host-world.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { nextTurn } from '../testing/hub-world.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { type DriverReport, RunDriver } from './run-driver.ts';

const context = { sessionId: 'one', tenantId: 't', createdAt: '', agent: 'writer', options: {} };
const message: Block = { id: 'm', type: 'user_message', status: 'complete', content: 'hello' };
const turn = (runId: string): Turn => ({
  ...{ runId, attempt: 1, conversationId: 'main', message, content: 'hello', text: 'hello' },
  ...{ agent: 'writer', options: {}, history: async () => [] },
});
const port = {} as RunPort;
const never = () => new Promise<never>(() => undefined);
const times = { startMs: 1_000, abortMs: 100, stopMs: 500 };

/** A driver without a session around it; time stands still. */
function driving(parts: Partial<ExecutionEnvironment> = {}) {
  const clock = new ManualClock();
  const reports: DriverReport[] = [];
  const logged: object[] = [];
  const stops: string[] = [];
  let made = 0;
  const definition = agentOf({
    ...parts,
    stop: async (reason) => {
      stops.push(reason);
      await parts.stop?.(reason);
    },
  });
  const logger = { ...silentLogger, error: (fields: object) => logged.push(fields) };
  const driver = new RunDriver({ clock, logger, times, report: (report) => reports.push(report) });
  const start = async () => {
    const { createEnvironment } = definition;
    const counted = () => {
      made += 1;
      return createEnvironment();
    };
    driver.start({ ...definition, createEnvironment: counted }, context);
    await nextTurn();
  };
  return { driver, clock, reports, logged, stops, start, made: () => made };
}

const ended = (runId: string, outcome: object, lost: boolean) => ({
  kind: 'run-ended',
  runId,
  outcome,
  lost,
});

test('[I3] an environment that started is told ready, and no time runs against it any more', async () => {
  const started: unknown[] = [];
  const { start, reports, clock, made } = driving({ start: async (...given) => void started.push(given[0]) });
  await start();
  expect([reports, started, clock.pending, made()]).toEqual([
    [{ kind: 'environment-ready' }],
    [context],
    0,
    1,
  ]);
});

test('[I6] a start that takes too long is given up and stopped', async () => {
  let heard: unknown;
  const { start, reports, clock, stops, logged } = driving({
    start: (_context, signal) => {
      signal.addEventListener('abort', () => {
        heard = signal.reason;
      });
      return never();
    },
  });
  await start();
  clock.advance(999);
  await nextTurn();
  expect(reports).toEqual([]);
  clock.advance(1);
  await nextTurn();
  expect(reports).toMatchObject([{ kind: 'environment-failed', code: 'environment-failed', stage: 'start' }]);
  expect(heard).toMatchObject({ message: 'The start took too long.' });
  expect(logged).toMatchObject([{ err: heard }]);
  expect([stops, clock.pending]).toEqual([['unhealthy'], 0]);
});

test('[I6] of why a start failed only our own words are told', async () => {
  const failing = async (error: Error) => {
    const { start, reports, clock } = driving({ start: () => Promise.reject(error) });
    await start();
    expect(clock.pending).toBe(0);
    return reports;
  };
  expect(await failing(new PerdureError('unknown-agent', 'No such image.'))).toEqual([
    { kind: 'environment-failed', code: 'unknown-agent', message: 'No such image.', stage: 'start' },
  ]);
  const [other] = await failing(new Error('secret'));
  expect(other).toMatchObject({ code: 'environment-failed', message: expect.stringContaining('log') });
  expect(JSON.stringify(other)).not.toContain('secret');
});

test('a run ends as its environment says, which is not asked for its health then', async () => {
  const usage = { totalTokens: 7 };
  let asked = 0;
  const { start, driver, reports } = driving({
    run: async () => ({ status: 'completed', usage }),
    isHealthy: async () => ++asked > 0,
  });
  await start();
  driver.run(turn('r'), port);
  await nextTurn();
  expect(reports.slice(1)).toEqual([ended('r', { kind: 'completed', usage }, false)]);
  expect(asked).toBe(0);
});

test('a run that failed leaves a healthy environment where it is, and loses one that is not, or does not answer', async () => {
  const failure = { status: 'failed', code: 'x', message: 'y', retryable: true } as const;
  const outcome = { kind: 'failed', code: 'x', message: 'y', retryable: true };
  const health = [async () => true, async () => false, never];
  for (const [index, isHealthy] of health.entries()) {
    const { start, driver, reports, clock, stops } = driving({ run: async () => failure, isHealthy });
    await start();
    driver.run(turn('r'), port);
    await nextTurn();
    clock.advance(99);
    await nextTurn();
    if (isHealthy === never) expect(reports).toHaveLength(1);
    clock.advance(1);
    await nextTurn();
    const lost = index > 0;
    expect(reports.slice(1)).toEqual([ended('r', outcome, lost)]);
    expect([stops, clock.pending]).toEqual([lost ? ['unhealthy'] : [], 0]);
  }
});

test('[A23] an agent that throws fails its run: in our words if they are ours, and may be tried again if the code says so', async () => {
  const thrown = async (error: Error) => {
    const { start, driver, reports, logged } = driving({ run: () => Promise.reject(error) });
    await start();
    driver.run(turn('r'), port);
    await nextTurn();
    expect(logged).toMatchObject([{ err: error, runId: 'r' }]);
    return reports[1];
  };
  const own = new PerdureError('invalid-event', 'Block "b" is not open.');
  expect(await thrown(own)).toEqual(
    ended('r', { kind: 'failed', code: 'invalid-event', message: own.message, retryable: false }, false),
  );
  const told = await thrown(new Error('secret'));
  expect(told).toMatchObject({
    outcome: { code: 'agent-failed', message: expect.stringContaining('log'), retryable: true },
  });
});

test('[G5] an abort is heard, and what does not heed it in time is ended with its environment', async () => {
  let signal: AbortSignal | undefined;
  const { start, driver, reports, clock, stops } = driving({
    run: (_turn, _port, given) => {
      signal = given;
      return never();
    },
  });
  await start();
  driver.run(turn('r'), port);
  driver.abort('another');
  expect(signal?.aborted).toBe(false);
  driver.abort('r');
  driver.abort('r');
  expect([signal?.aborted, clock.pending]).toEqual([true, 1]);
  clock.advance(99);
  expect(reports).toHaveLength(1);
  clock.advance(1);
  expect(reports.slice(1)).toEqual([ended('r', { kind: 'cancelled' }, true)]);
  expect(stops).toEqual(['unhealthy']);
  driver.abort('r');
  driver.fail('r', { kind: 'cancelled' });
  expect(reports).toHaveLength(2);
});

test('[G5] a run that heeds its abort ends at once, and is no failure to look into', async () => {
  const { start, driver, reports, clock, stops, logged } = driving({
    run: (_turn, _port, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  await start();
  driver.run(turn('r'), port);
  driver.abort('r');
  await nextTurn();
  expect(reports.slice(1)).toMatchObject([{ kind: 'run-ended', runId: 'r', lost: false }]);
  expect([clock.pending, stops, logged]).toEqual([0, [], []]);
});

test('a run that is failed from outside ends once, with its environment', async () => {
  const outcome = { kind: 'failed', code: 'emit-overflow', message: 'x', retryable: false } as const;
  const done = Promise.withResolvers<{ status: 'completed' }>();
  let signal: AbortSignal | undefined;
  const { start, driver, reports, stops } = driving({
    run: (_turn, _port, given) => {
      signal = given;
      return done.promise;
    },
  });
  await start();
  driver.run(turn('r'), port);
  driver.fail('another', outcome);
  expect(reports).toHaveLength(1);
  driver.fail('r', outcome);
  done.resolve({ status: 'completed' });
  await nextTurn();
  expect(reports.slice(1)).toEqual([ended('r', outcome, true)]);
  expect([signal?.aborted, stops]).toEqual([true, ['unhealthy']]);
});

test('a run for which there is no environment any more fails, and may be tried again', async () => {
  const { driver, reports, stops } = driving();
  driver.run(turn('r'), port);
  expect(reports).toMatchObject([
    {
      kind: 'run-ended',
      runId: 'r',
      lost: true,
      outcome: { kind: 'failed', code: 'environment-failed', retryable: true },
    },
  ]);
  expect(reports[0]).toMatchObject({ outcome: { message: expect.stringContaining('no environment') } });
  expect(stops).toEqual([]);
});

test('[A14] after stop nothing is reported or begun, and what runs is aborted and stopped for the reason given', async () => {
  let signal: AbortSignal | undefined;
  const { start, driver, reports, clock, stops, made } = driving({
    run: (_turn, _port, given) => {
      signal = given;
      return new Promise((_resolve, reject) => given.addEventListener('abort', () => reject(given.reason)));
    },
  });
  await start();
  driver.run(turn('r'), port);
  driver.abort('r');
  await driver.stop('shutdown');
  await nextTurn();
  expect([signal?.aborted, stops, clock.pending]).toEqual([true, ['shutdown'], 0]);
  await start();
  driver.run(turn('next'), port);
  driver.abort('r');
  await nextTurn();
  expect([reports, made(), stops, clock.pending]).toEqual([
    [{ kind: 'environment-ready' }],
    1,
    ['shutdown'],
    0,
  ]);
});

test('[A14] a start that is under way when all stops is aborted, and nothing is told of it', async () => {
  const gate = Promise.withResolvers<void>();
  const { start, driver, reports, stops, logged } = driving({ start: () => gate.promise });
  await start();
  await driver.stop('manual');
  gate.resolve();
  await nextTurn();
  expect([reports, stops, logged]).toEqual([[], ['manual'], []]);
});

test('an environment that does not stop, or cannot, is given up and logged', async () => {
  const stuck = driving({ stop: never });
  await stuck.start();
  let isOver = false;
  const stopping = stuck.driver.stop('manual').then(() => {
    isOver = true;
  });
  stuck.clock.advance(499);
  await nextTurn();
  expect(isOver).toBe(false);
  stuck.clock.advance(1);
  await stopping;
  expect(stuck.logged).toEqual([{ reason: 'manual' }]);

  const broken = driving({ stop: () => Promise.reject(new Error('boom')) });
  await broken.start();
  await broken.driver.stop('manual');
  expect(broken.logged).toMatchObject([{ err: { message: 'boom' } }]);
  expect(broken.clock.pending).toBe(0);
});

test('[A14] stop aborts the run that is open, which is reported no more, and is nothing where nothing began', async () => {
  let signal: AbortSignal | undefined;
  const { start, driver, reports, logged } = driving({
    run: (_turn, _port, given) => {
      signal = given;
      return new Promise((resolve) =>
        given.addEventListener('abort', () => resolve({ status: 'completed' })),
      );
    },
  });
  await start();
  driver.run(turn('r'), port);
  await driver.stop('manual');
  expect(signal?.aborted).toBe(true);
  driver.fail('r', { kind: 'cancelled' });
  await nextTurn();
  expect(reports).toEqual([{ kind: 'environment-ready' }]);
  const idle = driving();
  await idle.driver.stop('manual');
  expect([logged, idle.logged, idle.stops]).toEqual([[], [], []]);
});
