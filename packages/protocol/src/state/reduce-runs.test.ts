import { describe, expect, it } from 'vitest';
import { event, final, text, timeAt } from '../../test/events.ts';
import type { AnyEvent } from '../events/session-event.ts';
import { emptySessionState } from './empty-session-state.ts';
import { reduceSession } from './reduce-session.ts';
import { runtimeOf, sameRuntime } from './runtime-of.ts';
import type { SessionState } from './session-state-schema.ts';

const empty = emptySessionState('s1');
const fold = (log: AnyEvent[], from: SessionState = empty) => log.reduce(reduceSession, from);
const queued = (seq: number, messageId: string, runId?: string) =>
  event(
    seq,
    'message:queued',
    { messageId, commandId: `c${seq}`, content: 'hello', delivery: 'queue' },
    runId === undefined ? {} : { runId },
  );
const started = (seq: number, runId: string) =>
  event(seq, 'run:started', { agent: 'writer', attempt: 1 }, { runId });

describe('a run', () => {
  const r1 = { runId: 'r1' };

  it('is queued by its message, works, waits, and ends with what it used, where it ended and whose it was', () => {
    const steps: [AnyEvent, SessionState['activity']][] = [
      [queued(1, 'm1', 'r1'), 'queued'],
      [started(2, 'r1'), 'running'],
      [event(3, 'run:waiting', { requestId: 'q1' }, r1), 'waiting'],
      [event(4, 'run:resumed', {}, r1), 'running'],
      [event(5, 'run:stopping', {}, r1), 'running'],
      [event(6, 'run:completed', { usage: { totalTokens: 7 } }, r1), 'idle'],
    ];
    let state = empty;
    for (const [next, activity] of steps) {
      state = reduceSession(state, next);
      expect([next.type, state.activity]).toEqual([next.type, activity]);
    }
    expect(state.runs).toEqual([
      {
        runId: 'r1',
        status: 'completed',
        agent: 'writer',
        attempt: 1,
        queuedAt: timeAt(1),
        startedAt: timeAt(2),
        endedAt: timeAt(6),
        endSeq: 6,
        actor: { principalId: 'ann' },
        usage: { totalTokens: 7 },
      },
    ]);
  });

  it.each([
    ['cancelled', event(3, 'run:cancelled', {}, r1), 'idle'],
    ['interrupted', event(3, 'run:interrupted', { reason: 'crash' }, r1), 'idle'],
    ['failed', event(3, 'run:failed', { code: 'x', message: 'y', retryable: true }, r1), 'error'],
  ] as const)('that was %s leaves the session %3$s', (status, end, activity) => {
    const state = fold([queued(1, 'm1', 'r1'), started(2, 'r1'), end]);
    expect(state.runs).toMatchObject([{ status, endedAt: timeAt(3) }]);
    expect(state.activity).toBe(activity);
  });

  it('that failed tells why, in the run and as the last error of the session', () => {
    const failed = event(3, 'run:failed', { code: 'x', message: 'y', retryable: true }, r1);
    const state = fold([queued(1, 'm1', 'r1'), started(2, 'r1'), failed]);
    expect(state.runs[0]?.error).toEqual({ code: 'x', message: 'y', retryable: true });
    expect(state.lastError).toEqual({ code: 'x', message: 'y', at: timeAt(3) });
  });

  it('that ended stays until the next one ends, before those that are open', () => {
    const ended = [queued(1, 'm1', 'r1'), started(2, 'r1'), event(3, 'run:completed', {}, r1)];
    const next = fold([...ended, queued(4, 'm2', 'r2'), started(5, 'r2'), queued(6, 'm3', 'r3')]);
    expect(next.runs.map(({ runId }) => runId)).toEqual(['r1', 'r2', 'r3']);
    const later = fold([event(7, 'run:cancelled', {}, { runId: 'r2' })], next);
    expect(later.runs.map(({ runId }) => runId)).toEqual(['r2', 'r3']);
  });

  it('that ended is not changed by what comes late', () => {
    const ended = fold([queued(1, 'm1', 'r1'), started(2, 'r1'), event(3, 'run:cancelled', {}, r1)]);
    expect(fold([started(4, 'r1'), event(5, 'run:completed', {}, r1)], ended).runs).toEqual(ended.runs);
  });
});

describe('of several runs', () => {
  const two = fold([queued(1, 'm1', 'r1'), started(2, 'r1'), queued(3, 'm2', 'r2'), queued(4, 'm3', 'r3')]);
  const after = (...log: AnyEvent[]) => fold(log, two).runs.map(({ runId, status }) => `${runId} ${status}`);
  const of = (runId: string) => ({ runId });

  it('each event changes its own', () => {
    const others = ['r2 queued', 'r3 queued'];
    expect(after(event(5, 'run:waiting', { requestId: 'q' }, of('r1')))).toEqual(['r1 waiting', ...others]);
    expect(after(event(5, 'run:stopping', {}, of('r1')))).toEqual(['r1 stopping', ...others]);
    const resumed = [
      event(5, 'run:waiting', { requestId: 'q' }, of('r1')),
      event(6, 'run:resumed', {}, of('r1')),
    ];
    expect(after(...resumed)).toEqual(['r1 running', ...others]);
    expect(after(event(5, 'run:cancelled', {}, of('r2')))).toEqual([
      'r2 cancelled',
      'r1 running',
      'r3 queued',
    ]);
    expect(after(event(5, 'run:cancelled', {}, of('never')))).toEqual(['r1 running', ...others]);
  });

  it('a message that is taken back takes its run along, and no other', () => {
    const removed = (messageId: string, runId: string) =>
      event(5, 'message:removed', { messageId }, of(runId));
    expect(after(removed('m2', 'r2'))).toEqual(['r1 running', 'r3 queued']);
    expect(after(removed('m1', 'r1'))).toEqual(['r1 running', 'r2 queued', 'r3 queued']); // it has begun
  });

  it('only one that waits is promoted, before the others that wait', () => {
    const promoted = (messageId: string, runId: string) =>
      event(5, 'message:promoted', { messageId }, of(runId));
    expect(after(promoted('m3', 'r3'))).toEqual(['r1 running', 'r3 queued', 'r2 queued']);
    expect(after(promoted('m1', 'r1'))).toEqual(['r1 running', 'r2 queued', 'r3 queued']);
    expect(after(promoted('m9', 'never'))).toEqual(['r1 running', 'r2 queued', 'r3 queued']);
    const alone = fold([queued(1, 'm1', 'r1'), started(2, 'r1'), queued(3, 'm2', 'r2')]);
    const still = fold([promoted('m2', 'r2')], alone);
    expect(still.runs.map(({ runId }) => runId)).toEqual(['r1', 'r2']);
  });

  it('one is for the agent that its message names, or for the one that is active', () => {
    const active = { ...empty, agent: 'writer' };
    expect(fold([queued(1, 'm1', 'r1')], active).runs).toMatchObject([{ agent: 'writer' }]);
    const named = { ...queued(1, 'm1', 'r1'), agent: 'editor' };
    expect(fold([named], active).runs).toMatchObject([{ agent: 'editor' }]);
  });

  it('a message without a run makes none', () => {
    expect(fold([queued(1, 'm1')]).runs).toEqual([]);
  });
});

describe('the queue', () => {
  it('holds messages until they are delivered, with who sent them and when', () => {
    const state = fold([queued(1, 'm1', 'r1'), queued(2, 'm2')]);
    expect(state.queue).toMatchObject([
      { messageId: 'm1', runId: 'r1', at: timeAt(1), actor: { principalId: 'ann' } },
      { messageId: 'm2', at: timeAt(2) },
    ]);
    const said = { ...final(text('b1')), type: 'user_message', content: 'hello' } as const;
    expect(fold([event(3, 'message:delivered', { messageId: 'm1', block: said })], state).queue).toHaveLength(
      1,
    );
  });

  it('gives a message to the conversation as a block that is complete', () => {
    const said = { id: 'b1', type: 'user_message', status: 'pending', content: 'hello' } as const;
    const state = fold([queued(1, 'm1'), event(2, 'message:delivered', { messageId: 'm1', block: said })]);
    expect(state.conversations['main']?.blocks).toEqual([
      { ...said, status: 'complete', parentId: null, seq: 2, at: timeAt(2) },
    ]);
  });

  it('takes other words, and another order with that of the runs', () => {
    const waiting = fold([queued(1, 'm1', 'r1'), queued(2, 'm2', 'r2'), queued(3, 'm3', 'r3')]);
    const edited = fold([event(4, 'message:edited', { messageId: 'm2', content: 'other' })], waiting);
    expect(edited.queue[1]?.content).toBe('other');
    const promoted = fold([event(5, 'message:promoted', { messageId: 'm3' }, { runId: 'r3' })], edited);
    expect(promoted.queue.map(({ messageId }) => messageId)).toEqual(['m3', 'm1', 'm2']);
    expect(promoted.runs.map(({ runId }) => runId)).toEqual(['r3', 'r1', 'r2']);
  });

  it('changes nothing for a message that does not wait', () => {
    const waiting = fold([queued(1, 'm1', 'r1'), queued(2, 'm2', 'r2')]);
    const edited = fold([event(3, 'message:edited', { messageId: 'm2', content: 'other' })], waiting);
    expect(edited.queue.map(({ content }) => content)).toEqual(['hello', 'other']);
    const promoted = fold([event(3, 'message:promoted', { messageId: 'never' }, { runId: 'r2' })], waiting);
    expect(promoted.queue).toEqual(waiting.queue);
    expect(fold([event(3, 'message:removed', { messageId: 'never' })], waiting).queue).toEqual(waiting.queue);
  });

  it('lets a message go together with its run', () => {
    const state = fold([
      queued(1, 'm1', 'r1'),
      event(2, 'message:removed', { messageId: 'm1' }, { runId: 'r1' }),
    ]);
    expect([state.queue, state.runs, state.activity]).toEqual([[], [], 'idle']);
  });

  it('keeps a run for which another message waits', () => {
    const both = [queued(1, 'm1', 'r1'), queued(2, 'm2', 'r1')];
    const state = fold([...both, event(3, 'message:removed', { messageId: 'm1' }, { runId: 'r1' })]);
    expect(state.runs).toMatchObject([{ runId: 'r1', status: 'queued' }]);
    expect(state.activity).toBe('queued');
  });

  it('is held for a reason until it is released', () => {
    const held = fold([event(1, 'queue:held', { reason: 'interrupt' })]);
    expect(held.held).toBe('interrupt');
    expect(fold([event(2, 'queue:released', {})], held).held).toBeNull();
  });
});

describe('requests', () => {
  const opened = event(
    1,
    'request:opened',
    { requestId: 'q1', kind: 'approval', prompt: 'May I?' },
    { runId: 'r1' },
  );

  it('are there from their opening to their settlement', () => {
    const asked = fold([opened, { ...opened, seq: 2 }]);
    expect(asked.requests).toEqual([
      { requestId: 'q1', kind: 'approval', prompt: 'May I?', runId: 'r1', openedAt: timeAt(1) },
    ]);
    const settled = event(3, 'request:settled', { requestId: 'q1', outcome: 'answered', response: true });
    expect(fold([settled], asked).requests).toEqual([]);
  });

  it('are settled one by one', () => {
    const second = { ...opened, seq: 2, payload: { ...opened.payload, requestId: 'q2' } };
    const both = fold([opened, second]);
    expect(both.requests.map(({ requestId }) => requestId)).toEqual(['q1', 'q2']);
    const settled = event(3, 'request:settled', { requestId: 'q1', outcome: 'expired' });
    expect(fold([settled], both).requests).toMatchObject([{ requestId: 'q2' }]);
  });
});

describe('the environment', () => {
  it('is told in each of its states', () => {
    const environmentAfter = (next: AnyEvent) => fold([next]).environment;
    expect(empty.environment).toEqual({ status: 'inactive' });
    expect(environmentAfter(event(1, 'environment:starting', {}))).toEqual({ status: 'starting' });
    expect(environmentAfter(event(1, 'environment:ready', {}))).toEqual({ status: 'ready' });
    const error = { code: 'spawn', message: 'No such command.', stage: 'start' };
    expect(environmentAfter(event(1, 'environment:error', error))).toEqual({
      status: 'error',
      message: 'No such command.',
      error,
    });
    expect(environmentAfter(event(1, 'environment:terminated', { reason: 'idle' }))).toEqual({
      status: 'terminated',
      message: 'idle',
    });
  });
});

describe('the runtime that status:changed tells', () => {
  const working = fold([queued(1, 'm1', 'r1'), started(2, 'r1'), queued(3, 'm2', 'r2')]);

  it('is the activity, the environment and the run that has begun', () => {
    expect(runtimeOf(working)).toMatchObject({ activity: 'running', run: { runId: 'r1' } });
    expect(runtimeOf(empty)).toEqual({ activity: 'idle', environment: { status: 'inactive' }, run: null });
  });

  it('is the same while only words are said, and not when the run waits', () => {
    expect(sameRuntime(working, fold([event(4, 'block:start', { block: text('a') })], working))).toBe(true);
    const waiting = event(4, 'run:waiting', { requestId: 'q1' }, { runId: 'r1' });
    expect(sameRuntime(working, fold([waiting], working))).toBe(false);
  });

  it('is another when the activity, the environment or the run is', () => {
    const waiting = fold([queued(1, 'm1', 'r1')]);
    expect(sameRuntime(empty, waiting)).toBe(false); // idle, then queued; no run has begun
    expect(sameRuntime(working, fold([event(4, 'environment:ready', {})], working))).toBe(false);
    const stopping = fold([event(4, 'run:stopping', {}, { runId: 'r1' })], working);
    expect([stopping.activity, sameRuntime(working, stopping)]).toEqual(['running', false]);
    expect(sameRuntime(working, working)).toBe(true);
  });

  it('has no run that waits or has ended', () => {
    const ended = fold([event(4, 'run:cancelled', {}, { runId: 'r1' })], working);
    expect(ended.runs).toHaveLength(2);
    expect(runtimeOf(ended)).toMatchObject({ activity: 'queued', run: null });
    const next = fold([started(5, 'r2')], ended);
    expect(runtimeOf(next).run).toMatchObject({ runId: 'r2' });
  });
});
