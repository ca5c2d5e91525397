import type { Block, StreamedBlock } from './block.ts';

/** Whether `block:delta` may append to it: its content is a text that grows. */
export function isStreamed(block: Block): block is StreamedBlock {
  return block.type === 'assistant_text' || block.type === 'thinking' || block.type === 'skill_load';
}

/** A text or thinking block that ended without a character says nothing: the fold drops it. */
export function isEmptyText(block: Block): boolean {
  return (block.type === 'assistant_text' || block.type === 'thinking') && block.content === '';
}
