import type { Block, BlockStatus } from '../blocks/block.ts';
import { isEmptyText, isStreamed } from '../blocks/block-rules.ts';
import type { SessionEvent } from '../events/session-event.ts';
import { definedOf } from './defined-of.ts';
import { isReadableBlock } from './is-readable.ts';
import type { Conversation } from './session-state-schema.ts';

type BlockEvent = SessionEvent<
  'message:delivered' | 'block:start' | 'block:delta' | 'block:update' | 'block:complete'
>;

/** Folds one event into the blocks of its conversation. The edge cases are the table "Block rules" of PROTOCOL.md. */
export function reduceConversation(conversation: Conversation, event: BlockEvent): Conversation {
  switch (event.type) {
    case 'message:delivered':
      return started(conversation, event.payload.block, 'complete', event);
    case 'block:start':
      return started(conversation, event.payload.block, 'pending', event);
    case 'block:delta': {
      const { blockId, delta } = event.payload;
      if (delta === '') return conversation;
      return withOpenBlock(conversation, blockId, (block) =>
        isStreamed(block) ? { ...block, content: block.content + delta } : block,
      );
    }
    case 'block:update': {
      const { blockId, updates } = event.payload;
      return withOpenBlock(conversation, blockId, (block) => {
        const updated = { ...block, ...fieldsOf(updates, (name) => !SETTLED.has(name)) };
        return isReadableBlock(updated) ? updated : block;
      });
    }
    case 'block:complete':
      return completed(conversation, event.payload.blockId, event.payload.block);
    default:
      event satisfies never;
      return conversation;
  }
}

function started(
  conversation: Conversation,
  block: Block,
  status: BlockStatus,
  event: BlockEvent,
): Conversation {
  if (conversation.blocks.some((known) => known.id === block.id)) return conversation;
  // `null` is a branch too: it follows nothing.
  const parentId = block.parentId === undefined ? conversation.branchHead : block.parentId;
  const { seq, at, runId, agent } = event;
  const placed: Block = { ...block, status, parentId, seq, at, ...definedOf({ runId, agent }) };
  return { ...conversation, branchHead: block.id, blocks: [...conversation.blocks, placed] };
}

function completed(conversation: Conversation, blockId: string, final: Block): Conversation {
  const open = openBlock(conversation, blockId);
  if (open === undefined || open.type !== final.type) return conversation;
  const status = final.status === 'pending' ? 'complete' : final.status;
  const settled = fieldsOf(open, (name) => SETTLED.has(name));
  const block = { ...settled, ...fieldsOf(final, (name) => !SETTLED.has(name)), status } as Block;
  if (isEmptyText(block)) return withoutBlock(conversation, open);
  return withOpenBlock(conversation, blockId, () => block);
}

/** What the start of a block has settled: no later event changes it, nor adds what it left out. */
const SETTLED: ReadonlySet<string> = new Set([
  'id',
  'type',
  'status',
  'parentId',
  'seq',
  'at',
  'runId',
  'agent',
] satisfies (keyof Block)[]);

function fieldsOf(fields: object, keeps: (name: string) => boolean): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => keeps(name)));
}

/** Drops a block that said nothing. What follows it and is open follows its parent; what is complete stays as it is (F2). */
function withoutBlock(conversation: Conversation, dropped: Block): Conversation {
  const parentId = dropped.parentId ?? null;
  return {
    ...conversation,
    branchHead: conversation.branchHead === dropped.id ? parentId : conversation.branchHead,
    blocks: conversation.blocks
      .filter((block) => block !== dropped)
      .map((block) =>
        block.status === 'pending' && block.parentId === dropped.id ? { ...block, parentId } : block,
      ),
  };
}

function openBlock(conversation: Conversation, id: string): Block | undefined {
  const block = conversation.blocks.findLast((candidate) => candidate.id === id);
  return block?.status === 'pending' ? block : undefined;
}

/** Searches from the end, where the open blocks are. */
function withOpenBlock(
  conversation: Conversation,
  id: string,
  change: (block: Block) => Block,
): Conversation {
  const index = conversation.blocks.findLastIndex((block) => block.id === id);
  const before = conversation.blocks[index];
  if (before?.status !== 'pending') return conversation;
  const after = change(before);
  return after === before
    ? conversation
    : { ...conversation, blocks: conversation.blocks.with(index, after) };
}
