import {
  type AnyEvent,
  type Block,
  isOpenRun,
  MAIN_CONVERSATION,
  type RunState,
  type SessionState,
  textOf,
} from '@perdure/protocol';
import type { BlockRow, RecordColumns } from '../store/session-store.ts';

/** Characters of the last words that a list shows. */
const LAST_TEXT_LENGTH = 200;

export interface Projections {
  readonly record: RecordColumns;
  readonly blocks: readonly BlockRow[];
  readonly runs: readonly RunState[];
}

/** What the events change beside the log: record, completed blocks and runs. Written in the append that makes them true. */
export function projectionsOf(
  before: SessionState,
  after: SessionState,
  events: readonly AnyEvent[],
  lastText: string,
): Projections {
  const blocks = events.map((event) => completedBlock(after, event)).filter((row) => row !== undefined);
  return {
    record: recordOf(after, lastWords(blocks) ?? lastText),
    blocks,
    runs: after.runs.filter((run) => !before.runs.includes(run)),
  };
}

function recordOf(state: SessionState, lastText: string): RecordColumns {
  const hasOpenRun = state.runs.some((run) => isOpenRun(run) && run.status !== 'queued');
  return {
    title: state.title,
    tags: state.tags,
    metadata: state.metadata,
    agent: state.agent,
    swarm: state.swarm,
    archived: state.archived,
    activity: state.activity,
    openRequests: state.requests.length,
    lastText,
    unsettled: hasOpenRun || (state.held === null && !state.archived && state.queue.length > 0),
    updatedAt: state.updatedAt,
  };
}

/** The block that this event completed, as the fold has it; empty texts are dropped by the fold and have no row. */
function completedBlock(state: SessionState, event: AnyEvent): BlockRow | undefined {
  if (event.type !== 'block:complete' && event.type !== 'message:delivered') return undefined;
  const conversationId = event.conversationId ?? MAIN_CONVERSATION;
  const { id } = (event.payload as { readonly block: Block }).block;
  const block = state.conversations[conversationId]?.blocks.findLast((candidate) => candidate.id === id);
  if (block?.seq === undefined) return undefined;
  return { conversationId, firstSeq: block.seq, lastSeq: event.seq, block };
}

function lastWords(rows: readonly BlockRow[]): string | undefined {
  for (const { block, conversationId } of rows.toReversed()) {
    if (conversationId !== MAIN_CONVERSATION) continue;
    if (block.type === 'assistant_text') return shortened(block.content);
    if (block.type === 'user_message') return shortened(textOf(block.content));
  }
  return undefined;
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LAST_TEXT_LENGTH ? line : `${line.slice(0, LAST_TEXT_LENGTH - 1)}…`;
}
