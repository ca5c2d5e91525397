import type { Block, RunState } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { DecidedSession } from '../testing/decided-session.ts';
import { actorOf, endRun, type RunOutcome } from './end-run.ts';

const actor = { principalId: 'ann' };
const failed: RunOutcome = { kind: 'failed', code: 'x', message: 'y', retryable: true };
const text = (id: string): Block => ({ id, type: 'assistant_text', status: 'pending', content: 'half' });
const call = (id: string): Block => ({
  id,
  type: 'tool_use',
  status: 'pending',
  toolName: 't',
  toolUseId: `use-${id}`,
  input: {},
});

/** A session whose open run has started these blocks. */
async function withBlocks(...blocks: Block[]) {
  const session = new DecidedSession();
  const { runId = '' } = await session.submit('hello');
  const stamp = { actor, source: 'agent', runId, conversationId: 'main' } as const;
  for (const block of blocks) session.add({ type: 'block:start', payload: { block }, ...stamp });
  const complete = (block: Block) =>
    session.add({ type: 'block:complete', payload: { blockId: block.id, block }, ...stamp });
  const end = (outcome: RunOutcome) =>
    session.decide((decision) => {
      const run = session.run(runId);
      if (run !== undefined) endRun(decision, run, outcome, session.newId);
    });
  return { session, runId, stamp, complete, end };
}

test.each([
  [{ kind: 'completed' }, 'complete', 'run:completed', {}],
  [
    { kind: 'completed', usage: { totalTokens: 7 } },
    'complete',
    'run:completed',
    { usage: { totalTokens: 7 } },
  ],
  [failed, 'error', 'run:failed', { code: 'x', message: 'y', retryable: true }],
  [{ kind: 'cancelled' }, 'aborted', 'run:cancelled', {}],
  [{ kind: 'interrupted', reason: 'shutdown' }, 'aborted', 'run:interrupted', { reason: 'shutdown' }],
] as const)(
  '[C5][C9] the end %o completes what is open as %s and is told last',
  async (outcome, status, type, payload) => {
    const { runId, complete, end } = await withBlocks(text('done'), text('open'));
    complete({ ...text('done'), status: 'complete' });
    const stamp = { actor, source: 'server', runId, agent: 'writer' };
    const { events } = end(outcome);
    expect(events).toMatchObject([
      {
        type: 'block:complete',
        payload: { blockId: 'open', block: { id: 'open', status, content: 'half' } },
        ...stamp,
        conversationId: 'main',
      },
      { type, ...stamp },
    ]);
    expect(events.at(-1)?.payload).toStrictEqual(payload);
    expect(events.at(-1)?.conversationId).toBeUndefined();
  },
);

test.each([
  [{ kind: 'completed' }, 'cancelled'],
  [{ kind: 'cancelled' }, 'cancelled'],
  [failed, 'interrupted'],
  [{ kind: 'interrupted', reason: 'crash' }, 'interrupted'],
] as const)('[C5] the end %o answers each tool call that has no result: %s', async (outcome, output) => {
  const result: Block = {
    ...{ id: 'result', type: 'tool_result', status: 'pending' },
    ...{ toolUseId: 'use-answered', output: 7, isError: false },
  };
  const { session, runId, complete, end } = await withBlocks(
    call('answered'),
    result,
    call('open'),
    call('done'),
  );
  complete({ ...call('done'), status: 'complete' });
  const { events } = end(outcome);
  const results = events.filter(({ type }) => type === 'block:start');
  expect(results).toMatchObject(
    ['use-open', 'use-done'].map((toolUseId) => ({
      payload: { block: { type: 'tool_result', status: 'pending', toolUseId, output, isError: true } },
      ...{ actor, source: 'server', runId, agent: 'writer', conversationId: 'main' },
    })),
  );
  const blocks = session.state.conversations['main']?.blocks ?? [];
  expect(blocks.filter(({ status }) => status === 'pending')).toEqual([]);
  expect(blocks.slice(-2)).toMatchObject([
    { type: 'tool_result', status: 'complete', toolUseId: 'use-open', output, isError: true },
    { type: 'tool_result', status: 'complete', toolUseId: 'use-done', output, isError: true },
  ]);
  const completions = events.slice(events.findIndex(({ type }) => type === 'block:start'));
  expect(completions).toMatchObject([
    { type: 'block:start' },
    { type: 'block:complete', conversationId: 'main', source: 'server', runId },
    { type: 'block:start' },
    { type: 'block:complete', conversationId: 'main', source: 'server', runId },
    {},
  ]);
});

test('what people were asked by the run needs no answer any more; what another asked does', async () => {
  const { session, runId, stamp, end } = await withBlocks();
  const ask = (requestId: string, of: string) =>
    session.add({
      type: 'request:opened',
      payload: { requestId, kind: 'question', prompt: 'which?' },
      ...stamp,
      runId: of,
    });
  ask('mine', runId);
  ask('another', 'other');
  const { events } = end({ kind: 'cancelled' });
  expect(events).toMatchObject([
    {
      type: 'request:settled',
      payload: { requestId: 'mine', outcome: 'cancelled' },
      ...{ actor, source: 'server', runId, agent: 'writer' },
    },
    { type: 'run:cancelled' },
  ]);
  expect(session.state.requests).toMatchObject([{ requestId: 'another' }]);
});

test('the work of a sub-agent is no tool call: it gets no result', async () => {
  const subagent: Block = {
    ...{ id: 'sub', type: 'subagent', status: 'pending' },
    ...{ input: {}, toolUseId: 'use-sub' },
  };
  const { end } = await withBlocks(subagent);
  expect(end({ kind: 'cancelled' }).types).toEqual(['block:complete', 'run:cancelled']);
});

test('a run ends what it has open, and nothing of other runs', async () => {
  const { session, stamp, end } = await withBlocks();
  for (const block of [text('other'), call('other-call')]) {
    session.add({ type: 'block:start', payload: { block }, ...stamp, runId: 'other' });
  }
  expect(end({ kind: 'cancelled' }).types).toEqual(['run:cancelled']);
});

test('a run of an older log, which does not say whose it was, is the system’s', () => {
  const run: RunState = {
    ...{ runId: 'r', status: 'running', agent: 'writer', attempt: 1 },
    queuedAt: '2026-01-01T00:00:00.000Z',
  };
  expect(actorOf(run)).toEqual({ principalId: 'system' });
  expect(actorOf({ ...run, actor })).toEqual(actor);
});
