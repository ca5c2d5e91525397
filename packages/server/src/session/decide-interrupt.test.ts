import { expect, test } from 'vitest';
import type { RunState } from '@perdure/protocol';
import { DecidedSession, readsOf } from '../testing/decided-session.ts';

const actor = { principalId: 'bob' };
const interrupt = (runId: string | undefined, next?: boolean) =>
  ({ name: 'interrupt', input: { runId: runId ?? '', ...(next !== undefined && { next }) } }) as const;

test('[G5] a run that is asked to end is stopping and aborted, and the queue is held', async () => {
  const session = new DecidedSession();
  const { runId } = await session.submit('hello');
  const { events, effects, seq, duplicate } = await session.command(interrupt(runId), { actor });
  expect(events).toMatchObject([
    { type: 'run:stopping', payload: {}, runId, agent: 'writer', actor, source: 'user' },
    { type: 'queue:held', payload: { reason: 'interrupt' }, actor, source: 'user' },
  ]);
  expect(effects).toEqual([{ kind: 'abort', runId }]);
  expect({ seq, duplicate }).toEqual({ seq: events[0]?.seq, duplicate: undefined });
});

test('what waits goes on after an interrupt that says so, and a queue that is held stays held as it was', async () => {
  const goesOn = new DecidedSession();
  const first = await goesOn.submit('hello');
  expect((await goesOn.command(interrupt(first.runId, true))).types).toEqual(['run:stopping']);
  expect(goesOn.state.held).toBeNull();

  const isHeld = new DecidedSession();
  const second = await isHeld.submit('hello');
  await isHeld.command({ name: 'queue.hold', input: {} });
  expect((await isHeld.command(interrupt(second.runId, false))).types).toEqual(['run:stopping']);
  expect(isHeld.state.held).toBe('user');
});

test('a run is asked once: a second interrupt is told that nothing is to do', async () => {
  const session = new DecidedSession();
  const { runId } = await session.submit('hello');
  await session.command(interrupt(runId));
  const again = await session.command(interrupt(runId));
  expect(again).toMatchObject({ types: [], effects: [], seq: session.head, duplicate: true });
});

test('a run that waits ends with its message, and the open one goes on', async () => {
  const session = new DecidedSession();
  const open = await session.submit('first');
  const waits = await session.submit('second');
  const { runId } = await session.submit('third');
  const messageId = session.state.queue[1]?.messageId;
  const { events, effects, seq, duplicate } = await session.command(interrupt(runId), { actor });
  expect(events).toMatchObject([
    { type: 'run:cancelled', payload: {}, runId, actor, source: 'user' },
    { type: 'message:removed', payload: { messageId }, runId, actor, source: 'user' },
  ]);
  expect({ effects, seq, duplicate }).toEqual({ effects: [], seq: session.head, duplicate: undefined });
  expect(session.state).toMatchObject({ queue: [{ runId: waits.runId }], held: null });
  expect(session.run(open.runId)).toMatchObject({ status: 'running' });
});

test('a run whose message cannot be read any more leaves nothing to take back', async () => {
  const session = new DecidedSession({ environment: 'starting' });
  const { runId } = await session.submit('hello');
  session.state = { ...session.state, queue: [] };
  const answer = await session.command(interrupt(runId));
  expect(answer).toMatchObject({ types: [], seq: session.head, duplicate: true });
});

test('of a run that has ended the answer is where it ended, however long ago', async () => {
  const session = new DecidedSession();
  const { runId = '' } = await session.submit('hello');
  session.add({ type: 'run:completed', payload: {}, actor, source: 'server', runId });
  const endSeq = session.head;
  session.add({ type: 'log', payload: { level: 'info', message: 'later' }, actor, source: 'agent' });
  expect(await session.command(interrupt(runId))).toMatchObject({ types: [], seq: endSeq, duplicate: true });

  const old: RunState = {
    ...{ runId: 'old', status: 'cancelled', agent: 'writer', attempt: 1 },
    ...{ queuedAt: '2026-01-01T00:00:00.000Z', endSeq: 2 },
  };
  const asked: string[] = [];
  const run = async (id: string) => {
    asked.push(id);
    return id === 'old' ? old : undefined;
  };
  const reads = readsOf({ run });
  expect(await session.command(interrupt('old'), { reads })).toMatchObject({ seq: 2, duplicate: true });
  expect(asked).toEqual(['old']); // what the state holds is not looked up
  const { endSeq: _, ...unplaced } = old;
  const unknown = readsOf({ run: async () => unplaced });
  expect(await session.command(interrupt('old'), { reads: unknown })).toMatchObject({ seq: session.head });
  await expect(session.command(interrupt('never'), { reads })).rejects.toMatchObject({
    code: 'run-not-found',
    message: 'This session has no run "never".',
  });
});
