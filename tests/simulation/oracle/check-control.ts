// I10 A run that has ended has no open block and one result for each of its tool calls; each run ends once.
// A control event is decided on committed state: it fits the state that the log before it tells. What an agent says
// counts only while its run is the open one and nobody has asked it to stop.
import { type AnyEvent, type Block, isOpenRun, type RunState, type SessionState } from '@perdure/protocol';
import type { LedgerSession } from './ledger-session.ts';
import type { LedgerChange, LedgerWatch } from './ledger.ts';
import type { Fail } from './violation.ts';

const ENDS = new Set(['run:completed', 'run:failed', 'run:cancelled', 'run:interrupted']);

export function checkControl(fail: Fail): LedgerWatch {
  return {
    wrote({ session, added, after }: LedgerChange) {
      for (const [index, { event, audience }] of added.entries()) {
        if (audience !== 'client') continue;
        const why = misfitOf(session.stateAt(after + index), event);
        if (why !== undefined)
          fail(
            ENDS.has(event.type) ? 'I10' : 'control',
            `${event.type} at ${event.seq} of ${session.id}: ${why}.`,
          );
      }
      for (const { event } of added) if (ENDS.has(event.type)) checkEnd(session, event, fail);
      checkRest(session, fail);
    },
  };
}

/** Why an event does not fit the state before it. */
function misfitOf(state: SessionState, event: AnyEvent): string | undefined {
  const { runId, payload } = event;
  const given = payload as Readonly<Record<string, unknown>>;
  const run = state.runs.find((candidate) => candidate.runId === runId);
  const isQueued = state.queue.some(({ messageId }) => messageId === given['messageId']);
  switch (event.type) {
    case 'session:created':
      return event.seq === 1 ? undefined : 'the session exists';
    case 'message:queued':
      return isQueued ? 'the message is queued already' : undefined;
    case 'message:delivered':
    case 'message:removed':
    case 'message:edited':
    case 'message:promoted':
      return isQueued ? undefined : 'the message does not wait';
    case 'queue:held':
      return state.held === given['reason'] ? 'the queue is held already' : undefined;
    case 'queue:released':
      return state.held === null ? 'the queue is not held' : undefined;
    case 'run:started':
      return startMisfit(state, run);
    case 'run:stopping':
      return run?.status === 'running' || run?.status === 'waiting'
        ? undefined
        : `the run is ${statusOf(run)}`;
    case 'run:cancelled':
      return run !== undefined && isOpenRun(run) ? undefined : `the run is ${statusOf(run)}`;
    case 'run:completed':
    case 'run:failed':
      return run?.status === 'running' || run?.status === 'waiting'
        ? undefined
        : `the run is ${statusOf(run)}`;
    case 'run:interrupted':
      return run !== undefined && isBegun(run) ? undefined : `the run is ${statusOf(run)}`;
    case 'environment:ready':
      return state.environment.status === 'starting'
        ? undefined
        : `the environment is ${state.environment.status}`;
    case 'environment:terminated':
      return ['starting', 'ready'].includes(state.environment.status)
        ? undefined
        : `the environment is ${state.environment.status}`;
    default:
      return contentMisfit(state, event, run);
  }
}

function startMisfit(state: SessionState, run: RunState | undefined): string | undefined {
  if (run?.status !== 'queued') return `the run is ${statusOf(run)}`;
  if (state.held !== null) return `the queue is held (${state.held})`;
  if (state.archived) return 'the session is archived';
  const other = state.runs.find(isBegun);
  return other === undefined ? undefined : `run ${other.runId} is open`;
}

function contentMisfit(state: SessionState, event: AnyEvent, run: RunState | undefined): string | undefined {
  if (event.source === 'agent' && run?.status !== 'running') return `its run is ${statusOf(run)}`;
  const { blockId, block } = event.payload as { readonly blockId?: string; readonly block?: Block };
  switch (event.type) {
    case 'block:start':
      return blockOf(state, block?.id) === undefined ? undefined : 'the block is there already';
    case 'block:delta':
    case 'block:update':
    case 'block:complete':
      return blockOf(state, blockId)?.status === 'pending' ? undefined : 'the block is not open';
    default:
      return undefined;
  }
}

function checkEnd(session: LedgerSession, { seq, runId }: AnyEvent, fail: Fail): void {
  const blocks = blocksOf(session.stateAt(seq)).filter((block) => block.runId === runId);
  const open = blocks.find(({ status }) => status === 'pending');
  if (open !== undefined) fail('I10', `Run ${runId} of ${session.id} ended with block ${open.id} open.`);
  for (const block of blocks) {
    if (block.type !== 'tool_use') continue;
    const results = blocks.filter(
      (other) => other.type === 'tool_result' && other.toolUseId === block.toolUseId,
    );
    if (results.length !== 1)
      fail(
        'I10',
        `Run ${runId} of ${session.id} ended with ${results.length} results of ${block.toolUseId}.`,
      );
  }
}

function checkRest({ id, state }: LedgerSession, fail: Fail): void {
  if (state.runs.some(isBegun)) return;
  const open = blocksOf(state).find(({ status }) => status === 'pending');
  if (open !== undefined) fail('I10', `No run of ${id} is open, but block ${open.id} is.`);
}

const blocksOf = ({ conversations }: SessionState) =>
  Object.values(conversations).flatMap(({ blocks }) => blocks);
const blockOf = (state: SessionState, id: string | undefined) =>
  blocksOf(state).find((block) => block.id === id);
const isBegun = (run: RunState) => isOpenRun(run) && run.status !== 'queued';
const statusOf = (run: RunState | undefined) => run?.status ?? 'not there';
