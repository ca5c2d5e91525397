import { type Block, type Json, textOf } from '@perdure/protocol';

/** Fields of a block that place it rather than say something. */
const placing = new Set(['id', 'type', 'status', 'parentId', 'metadata', 'at', 'runId', 'agent', 'model']);

/** All that a block says, for text search: its strings, but neither their keys nor what merely places the block. */
export function wordsOfBlock(block: Block): string {
  if (block.type === 'user_message') return textOf(block.content);
  const said = Object.entries(block).filter(([field]) => !placing.has(field));
  return said.flatMap(([, value]) => stringsIn(value as Json)).join('\n');
}

function stringsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
