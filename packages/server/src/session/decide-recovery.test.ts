import { expect, test } from 'vitest';
import { DecidedSession, readsOf } from '../testing/decided-session.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { Decision } from './decision.ts';
import { decideClose } from './decide-close.ts';
import { decideEnvironment } from './decide-environment.ts';
import { decideRecovery } from './decide-recovery.ts';

const system = { principalId: 'system' };
const ann = { principalId: 'ann' };
const environment = { actor: ann, source: 'environment', payload: {} } as const;

async function recovered(session: DecidedSession, reason: 'crash' | 'store', crashes = 0) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 12));
  const asked: string[] = [];
  const reads = readsOf({
    crashesSince: async (at) => {
      asked.push(at);
      return crashes;
    },
  });
  const decision = new Decision({ state: session.state, head: session.head, at: clock.iso() });
  const place = session.context(decision, { environment: 'absent' });
  await decideRecovery({ ...place, decision, reason, clock, reads, newId: session.newId });
  const { events } = decision;
  return { decision, events, types: events.map(({ type }) => type), asked };
}

async function running(): Promise<DecidedSession> {
  const session = new DecidedSession();
  session.add(
    { type: 'environment:starting', ...environment },
    { type: 'environment:ready', ...environment },
  );
  await session.submit('hello');
  return session;
}

test('a session that ended in order has nothing to recover', async () => {
  expect((await recovered(new DecidedSession(), 'crash', 9)).types).toEqual([]);
});

test.each(['crash', 'store'] as const)(
  '[D7] a run that was open when a %s came is interrupted by it, and its environment is gone',
  async (reason) => {
    const { events, decision } = await recovered(await running(), reason);
    expect(events).toMatchObject([
      { type: 'run:interrupted', payload: { reason }, actor: ann, source: 'server' },
      { type: 'environment:terminated', payload: { reason: 'unhealthy' }, actor: ann, source: 'environment' },
    ]);
    expect(decision.state.held).toBeNull();
  },
);

test('the third crash in ten minutes holds the queue, and a failing disk is none', async () => {
  const session = await running();
  const second = await recovered(session, 'crash', 1);
  expect(second.types).not.toContain('queue:held');
  expect(second.asked).toEqual(['2026-01-01T11:50:00.000Z']);
  const third = await recovered(session, 'crash', 2);
  expect(third.events.at(-1)).toMatchObject({
    ...{ type: 'queue:held', payload: { reason: 'crashes' }, actor: system, source: 'server' },
  });
  expect((await recovered(session, 'store', 9)).types).not.toContain('queue:held');
});

test('what waited behind the crash goes on, but not behind the third', async () => {
  const session = await running();
  await session.submit('waits');
  const goesOn = await recovered(session, 'crash', 1);
  expect(goesOn.types.at(-1)).toBe('environment:starting');
  expect(goesOn.decision.effects).toMatchObject([{ kind: 'start-environment' }]);
  const held = await recovered(session, 'crash', 2);
  expect(held.types.at(-1)).toBe('queue:held');
  expect(held.decision.effects).toEqual([]);
});

test('[I6] a start that the process did not survive is an error of whose message it was, and counts as a crash', async () => {
  const session = new DecidedSession({ environment: 'absent' });
  await session.submit('hello');
  const { events, asked } = await recovered(session, 'crash');
  expect(events[0]).toMatchObject({
    type: 'environment:error',
    payload: { code: 'environment-failed', stage: 'crash' },
    ...{ actor: ann, source: 'environment', agent: 'writer' },
  });
  expect(asked).toHaveLength(1);
  expect((await recovered(session, 'crash', 2)).types).toEqual(['environment:error', 'queue:held']);
});

test('[I6] a start that a failing disk cut off is not what ended the process', async () => {
  const session = new DecidedSession({ environment: 'absent' });
  await session.submit('hello');
  const { types, asked } = await recovered(session, 'store', 9);
  expect(types).toEqual(['environment:terminated', 'environment:starting']);
  expect(asked).toEqual([]);
});

test('a start that nobody waits for any more is the system’s', async () => {
  const session = new DecidedSession();
  session.add({ type: 'environment:starting', ...environment });
  expect((await recovered(session, 'crash')).events).toMatchObject([
    { type: 'environment:error', actor: system },
  ]);
  expect((await recovered(session, 'store')).events).toMatchObject([
    { type: 'environment:terminated', actor: system },
  ]);
});

test('an environment that failed, ended or was never there has no end to tell', async () => {
  const session = new DecidedSession();
  const close = () => session.decide((decision) => decideClose(decision, 'unloaded', session.newId));
  expect(close().types).toEqual([]);
  session.add({ type: 'environment:starting', ...environment });
  expect(close().events).toMatchObject([
    { type: 'environment:terminated', payload: { reason: 'manual' }, actor: system },
  ]);
  expect(close().types).toEqual([]);
});

test('[A14] leaving memory ends a run as cancelled; a shutdown interrupts it, unless someone had asked for its end', async () => {
  const ends = [
    ['unloaded', false, 'run:cancelled', {}, 'manual'],
    ['shutdown', false, 'run:interrupted', { reason: 'shutdown' }, 'shutdown'],
    ['shutdown', true, 'run:cancelled', {}, 'shutdown'],
  ] as const;
  for (const [end, isAsked, type, payload, reason] of ends) {
    const session = await running();
    const runId = session.state.runs[0]?.runId ?? '';
    if (isAsked) await session.command({ name: 'interrupt', input: { runId } });
    const { events } = session.decide((decision) => decideClose(decision, end, session.newId));
    expect(events).toMatchObject([
      { type, payload, runId, actor: ann },
      { type: 'environment:terminated', payload: { reason }, actor: ann, source: 'environment' },
    ]);
  }
});

test('[I3] an environment that is ready is told and takes what waits, one that failed says why and leaves it', async () => {
  const session = new DecidedSession({ environment: 'absent' });
  await session.submit('hello');
  const of = (report: Parameters<typeof decideEnvironment>[1]) => (decision: Decision) =>
    decideEnvironment(decision, report, session.context(decision, { environment: 'ready' }));
  const stamp = { actor: ann, source: 'environment', agent: 'writer' };
  const why = { code: 'x', message: 'y', stage: 'start' } as const;
  expect(session.decide(of({ kind: 'environment-failed', ...why })).events).toMatchObject([
    { type: 'environment:error', payload: why, ...stamp },
  ]);
  const { events, types } = session.decide(of({ kind: 'environment-ready' }));
  expect(events[0]).toMatchObject({ type: 'environment:ready', payload: {}, ...stamp });
  expect(types.slice(1)).toEqual(['message:delivered', 'run:started']);
  const quiet = new DecidedSession();
  const ready = quiet.decide((decision) =>
    decideEnvironment(decision, { kind: 'environment-ready' }, quiet.context(decision)),
  );
  expect(ready.events).toMatchObject([{ type: 'environment:ready', actor: system }]);
});
