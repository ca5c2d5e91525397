import type { Block, Json } from '@perdure/protocol';
import { foldText } from './fold-text.ts';

/** Fields of a block that place it rather than say something. */
const placing = new Set(['id', 'type', 'status', 'parentId', 'metadata', 'at', 'runId', 'agent', 'model']);

/**
 * Whether one of the texts in a block holds a needle, which is folded already. Neither keys count nor what merely places the
 * block, and no match begins in one text and ends in another.
 */
export function blockSays(block: Block, needle: string): boolean {
  return needle === '' || textsOf(block).some((text) => foldText(text).includes(needle));
}

function textsOf(block: Block): string[] {
  if (block.type !== 'user_message') {
    const said = Object.entries(block).filter(([field]) => !placing.has(field));
    return said.flatMap(([, value]) => stringsIn(value as Json));
  }
  const { content } = block;
  if (typeof content === 'string') return [content];
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
}

function stringsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
