import { type Block, type BlockOf, textOf } from '@perdure/react';
import { memo, type ReactNode } from 'react';
import { Markdown } from './markdown.tsx';
import { ToolCall, ToolResult } from './tool-call.tsx';

interface BlockViewProps {
  readonly block: Block;
  /** Of a tool call, once it is there. */
  readonly result?: BlockOf<'tool_result'> | undefined;
}

/** One block. A finished one is never drawn again: the object stays the same. */
export const BlockView = memo(function BlockView({ block, result }: BlockViewProps) {
  return (
    <li
      className="block"
      data-testid="block"
      data-block-id={block.id}
      data-type={block.type}
      data-status={block.status}
    >
      {partsOf(block, result)}
      {block.status === 'aborted' && <small className="ending">stopped here</small>}
    </li>
  );
});

function partsOf(block: Block, result: BlockOf<'tool_result'> | undefined): ReactNode {
  switch (block.type) {
    case 'user_message':
      return <p className="bubble">{textOf(block.content)}</p>;
    case 'assistant_text':
      return <Markdown text={block.content} />;
    case 'thinking':
      return (
        <details className="thinking">
          <summary>{block.status === 'pending' ? 'Thinking…' : 'Thought'}</summary>
          <Markdown text={block.content} />
        </details>
      );
    case 'tool_use':
      return <ToolCall call={block} result={result} />;
    case 'tool_result':
      return <ToolResult result={block} />;
    case 'subagent':
      return (
        <p className="aside">
          {block.name ?? 'A sub-agent'}: {block.output ?? block.description ?? 'at work'}
        </p>
      );
    case 'skill_load':
      return <p className="aside">Read up on {block.skillName}</p>;
    case 'system':
      return <p className="aside">{block.message}</p>;
    case 'error':
      return <p className="notice">{block.message}</p>;
    default:
      // A block of a later release: what is not known is not shown.
      block satisfies never;
      return null;
  }
}
