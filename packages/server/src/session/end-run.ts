import type { Actor, Block, BlockStatus, RunState, SessionState, Usage } from '@perdure/protocol';
import type { Decision } from './decision.ts';

/** How a run ended. */
export type RunOutcome =
  | { readonly kind: 'completed'; readonly usage?: Usage | undefined }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly retryable: boolean }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'interrupted'; readonly reason: 'crash' | 'shutdown' | 'store' };

const blockStatus: Record<RunOutcome['kind'], BlockStatus> = {
  completed: 'complete',
  failed: 'error',
  cancelled: 'aborted',
  interrupted: 'aborted',
};

/**
 * Ends a run and all that is open in it, in one append: blocks, tool calls without a result, requests, then the run itself.
 * Its terminal event is the last of it.
 */
export function endRun(decision: Decision, run: RunState, outcome: RunOutcome, newId: () => string): void {
  const { runId, agent } = run;
  const stamp = { actor: actorOf(run), source: 'server', runId, agent } as const;
  for (const { conversationId, block } of blocksOf(decision.state, runId)) {
    if (block.status !== 'pending') continue;
    const final = { ...block, status: blockStatus[outcome.kind] };
    decision.add({
      type: 'block:complete',
      payload: { blockId: block.id, block: final },
      ...stamp,
      conversationId,
    });
  }
  for (const { conversationId, block } of unansweredToolUses(decision.state, runId)) {
    const output = outcome.kind === 'interrupted' || outcome.kind === 'failed' ? 'interrupted' : 'cancelled';
    const id = newId();
    const result: Block = {
      id,
      type: 'tool_result',
      status: 'pending',
      toolUseId: block.toolUseId,
      output,
      isError: true,
    };
    decision.add({ type: 'block:start', payload: { block: result }, ...stamp, conversationId });
    const final: Block = { ...result, status: 'complete' };
    decision.add({
      type: 'block:complete',
      payload: { blockId: id, block: final },
      ...stamp,
      conversationId,
    });
  }
  for (const { requestId } of decision.state.requests.filter((request) => request.runId === runId)) {
    decision.add({ type: 'request:settled', payload: { requestId, outcome: 'cancelled' }, ...stamp });
  }
  addEnd(decision, outcome, stamp);
}

/** Of what agents and recovery do, the actor is whose command caused the run. */
export function actorOf(run: RunState): Actor {
  return run.actor ?? { principalId: 'system' };
}

type Stamp = {
  readonly actor: Actor;
  readonly source: 'server';
  readonly runId: string;
  readonly agent: string;
};

function addEnd(decision: Decision, outcome: RunOutcome, stamp: Stamp): void {
  switch (outcome.kind) {
    case 'completed': {
      const { usage } = outcome;
      decision.add({ type: 'run:completed', payload: usage === undefined ? {} : { usage }, ...stamp });
      return;
    }
    case 'failed': {
      const { code, message, retryable } = outcome;
      decision.add({ type: 'run:failed', payload: { code, message, retryable }, ...stamp });
      return;
    }
    case 'cancelled':
      decision.add({ type: 'run:cancelled', payload: {}, ...stamp });
      return;
    case 'interrupted':
      decision.add({ type: 'run:interrupted', payload: { reason: outcome.reason }, ...stamp });
      return;
    default:
      outcome satisfies never;
  }
}

function blocksOf(
  state: SessionState,
  runId: string,
): { readonly conversationId: string; readonly block: Block }[] {
  return Object.entries(state.conversations).flatMap(([conversationId, { blocks }]) =>
    blocks.filter((block) => block.runId === runId).map((block) => ({ conversationId, block })),
  );
}

function unansweredToolUses(state: SessionState, runId: string) {
  const blocks = blocksOf(state, runId);
  const answered = new Set(
    blocks.map(({ block }) => (block.type === 'tool_result' ? block.toolUseId : undefined)),
  );
  return blocks.flatMap(({ conversationId, block }) =>
    block.type === 'tool_use' && !answered.has(block.toolUseId) ? [{ conversationId, block }] : [],
  );
}
