import type { Block, BlockOf } from '@perdure/react';
import { memo } from 'react';
import { BlockView } from './block-view.tsx';

/** What was said, in order; a tool's result stands with its call. */
export const BlockList = memo(function BlockList({ blocks }: { blocks: readonly Block[] }) {
  const results = new Map<string, BlockOf<'tool_result'>>();
  const calls = new Set<string>();
  for (const block of blocks) {
    if (block.type === 'tool_result') results.set(block.toolUseId, block);
    if (block.type === 'tool_use') calls.add(block.toolUseId);
  }
  return (
    <ol className="blocks" data-testid="blocks">
      {blocks
        .filter((block) => block.type !== 'tool_result' || !calls.has(block.toolUseId))
        .map((block) => (
          <BlockView
            key={block.id}
            block={block}
            result={block.type === 'tool_use' ? results.get(block.toolUseId) : undefined}
          />
        ))}
    </ol>
  );
});
