import { expect, test } from 'vitest';
import type { AppendOutcome } from '../store/session-store.ts';
import { until } from '../testing/host-world.ts';
import { loneSession } from '../testing/lone-session.ts';

const line = { level: 'info', message: 'x' } as const;
const interrupt = (runId: string) => ({ name: 'interrupt', input: { runId } }) as const;

/** A session whose run is open and speaks when the test does. */
async function speaking(options: Parameters<typeof loneSession>[0] = {}) {
  const world = await loneSession(options);
  const outcome = await world.submit('hello');
  await until(() => world.held.ports.length === 1);
  const [port] = world.held.ports;
  if (outcome.kind !== 'answered' || port === undefined) throw new Error('The run did not begin.');
  return { ...world, port, runId: outcome.answer.runId ?? '' };
}

/** The next appends wait for their outcome. */
function gate() {
  const asked = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<AppendOutcome | undefined>();
  let isShut = false;
  const append = async () => {
    if (!isShut) return undefined;
    asked.resolve();
    return outcome.promise;
  };
  const shut = () => {
    isShut = true;
  };
  const open = (end?: AppendOutcome) => {
    isShut = false;
    outcome.resolve(end);
  };
  return { append, shut, open, asked: asked.promise };
}

test('an environment is told whose it is', async () => {
  const { held, record } = await speaking();
  expect(held.contexts).toEqual([
    {
      sessionId: record.id,
      tenantId: record.tenantId,
      createdAt: record.createdAt,
      agent: 'writer',
      options: {},
    },
  ]);
});

test('[E10] no more commands wait than a thousand, and there is room again when one was decided', async () => {
  const { append, shut, open, asked } = gate();
  const { session, command } = await loneSession({ append });
  shut();
  const first = command({ name: 'update', input: { title: 'first' } });
  await asked;
  const waiting = Array.from({ length: 1_000 }, () => command({ name: 'update', input: {} }));
  await expect(command({ name: 'update', input: {} })).rejects.toMatchObject({
    code: 'limit-exceeded',
    details: { limit: 'sessionWaitingCommands', current: 1_000 },
  });
  open();
  await Promise.all([first, ...waiting]);
  expect(await command({ name: 'update', input: { title: 'later' } })).toMatchObject({ kind: 'answered' });
  expect(session.end).toBeUndefined();
});

test.each([
  ['deleted', 'manual'],
  ['fenced', 'unhealthy'],
] as const)(
  'a session that is %s ends once, stops its environment, and answers nobody any more',
  async (end, reason) => {
    const { session, lost, held, submit, port, appends } = await speaking();
    const ended = session.runEnded();
    session.abandon(end, 'why');
    session.abandon('broken');
    await ended;
    expect([session.end, lost, held.stops]).toEqual([end, [{ end, error: 'why' }], [reason]]);
    expect(await submit('late')).toEqual({ kind: 'gone', end });
    expect(session.bus.destroyed.aborted).toBe(true);
    const written = appends.length;
    expect(port.emit('log', line)).toBe(true);
    await session.close('unloaded');
    await session.recover('crash');
    await session.runEnded();
    expect([appends.length, session.end]).toEqual([written, end]);
  },
);

test('a command that waited when its session ended is told so, and writes nothing', async () => {
  const { append, shut, open, asked } = gate();
  const { session, submit, appends } = await loneSession({ append });
  shut();
  const first = submit('first');
  await asked;
  const second = submit('second');
  session.abandon('deleted');
  open({ kind: 'deleted' });
  expect(await Promise.all([first, second])).toEqual([
    { kind: 'gone', end: 'deleted' },
    { kind: 'gone', end: 'deleted' },
  ]);
  expect(appends).toHaveLength(1);
});

test('[H4] an append that the disk lost ends the session with its error, whoever asked for it', async () => {
  const error = new Error('no space left');
  const one = await loneSession({ append: async () => ({ kind: 'unknown', error }) });
  expect(await one.submit('hello')).toEqual({ kind: 'gone', end: 'store' });
  expect(one.lost).toEqual([{ end: 'store', error }]);

  let fails = false;
  const two = await speaking({ append: async () => (fails ? { kind: 'unknown', error } : undefined) });
  fails = true;
  two.port.emit('log', line);
  void two.port.flushed(); // nobody has to look
  await expect(two.port.flushed()).rejects.toMatchObject({ code: 'storage-read-only' });
  expect(two.lost).toEqual([{ end: 'store', error }]);
});

test('[J4] a command that another owner wrote meanwhile has the answer of then', async () => {
  const first = await loneSession();
  await first.submit('hello', 'mine');
  const [{ command } = {}] = first.appends;
  const duplicate = (hash: string | undefined): AppendOutcome => ({
    ...{ kind: 'duplicate', hash: hash ?? '', result: { seq: 7 } },
  });
  const same = await loneSession({ append: async () => duplicate(command?.hash) });
  expect(await same.submit('hello', 'mine')).toEqual({
    kind: 'answered',
    answer: { seq: 7, duplicate: true },
  });
  const other = await loneSession({ append: async () => duplicate('another') });
  await expect(other.submit('hello', 'mine')).rejects.toMatchObject({ code: 'idempotency-mismatch' });
});

test('a full log refuses commands, ends the run that filled it, and lets it be stopped', async () => {
  const full: AppendOutcome = { kind: 'refused', max: 10, current: 10 };
  let isFull = false;
  const append = async ({ essential }: { readonly essential: boolean }) =>
    isFull && !essential ? full : undefined;
  const filled = await speaking({ append });
  isFull = true;
  await expect(filled.submit('more')).rejects.toMatchObject({ code: 'limit-exceeded' });
  filled.port.emit('log', line);
  await filled.session.runEnded();
  expect(filled.session.state.current.runs).toMatchObject([
    { runId: filled.runId, status: 'failed', error: { code: 'limit-exceeded', retryable: false } },
  ]);
  isFull = false;
  const stopped = await speaking({ append });
  isFull = true;
  expect(await stopped.command(interrupt(stopped.runId))).toMatchObject({ kind: 'answered' });
});

test('[G5] from the interrupt on a run is not heard, and its end is a cancelled one', async () => {
  const { command, port, session, runId, inner, record } = await speaking();
  const emitted: string[] = [];
  session.bus.subscribe('emitted', undefined, ({ type }) => emitted.push(type));
  port.emit('log', line);
  await port.flushed();
  const { head } = (await inner.get(record.key)) ?? {};
  const stopping = command(interrupt(runId));
  await stopping;
  expect(port.emit('log', line)).toBe(true);
  await session.runEnded();
  const rows = await inner.read(record.key, head ?? 0, 100_000);
  expect(rows.rows.map(({ type }) => type)).toEqual(['run:stopping', 'queue:held', 'run:cancelled']);
  expect([session.hasOpenRun, emitted]).toEqual([false, ['log']]);
});

test('[A9] a session that drains starts nothing more', async () => {
  const { session, submit, held } = await loneSession();
  session.drain();
  await submit('waits');
  expect([held.contexts, session.state.current.queue.length, session.hasOpenRun]).toEqual([[], 1, false]);
  await session.runEnded();
});

test('[A14] leaving memory ends the run in the log, and the session after it', async () => {
  const { session, held, inner, record, lost } = await speaking();
  await session.close('shutdown');
  const { rows } = await inner.read(record.key, 0, 100_000);
  expect(rows.slice(-2).map(({ type }) => type)).toEqual(['run:interrupted', 'environment:terminated']);
  expect([session.end, held.stops, lost]).toEqual(['shutdown', ['shutdown'], []]);
  expect(session.bus.destroyed.aborted).toBe(true);
});

test('a session whose store throws is broken: it is logged, lost, and rejects what waits', async () => {
  const boom = new Error('a fault of ours');
  let isBroken = false;
  const { session, port, logged, lost } = await speaking({
    append: async () => {
      if (isBroken) throw boom;
      return undefined;
    },
  });
  isBroken = true;
  port.emit('log', line);
  await expect(port.flushed()).rejects.toMatchObject({ code: 'internal' });
  expect([logged, lost]).toEqual([[{ err: boom }], [{ end: 'broken', error: boom }]]);

  const closing = await speaking({
    append: async (append) => {
      if (append.essential && append.rows.some(({ type }) => type === 'run:cancelled')) throw boom;
      return undefined;
    },
  });
  await expect(closing.session.close('unloaded')).rejects.toBe(boom);
  expect(closing.lost).toEqual([{ end: 'broken', error: boom }]);
  expect(session.end).toBe('broken');
});
