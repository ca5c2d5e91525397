import type { BlockOf } from '@perdure/react';
import { Markdown } from './markdown.tsx';
import { readableJson } from './readable-json.ts';

interface ToolCallProps {
  readonly call: BlockOf<'tool_use'>;
  readonly result: BlockOf<'tool_result'> | undefined;
}

/** What an agent did with a tool: its name, what it was given, what came back. */
export function ToolCall({ call, result }: ToolCallProps) {
  const state = result === undefined ? 'running' : result.isError ? 'failed' : 'done';
  return (
    <details className="tool" data-testid="tool-call" data-state={state}>
      <summary>
        <span className="tool-name">{call.displayName ?? call.toolName}</span>
        <span className="tool-input">{call.description ?? JSON.stringify(call.input)}</span>
        <span className="tool-state">{state}</span>
      </summary>
      <h3>Input</h3>
      <pre>{readableJson(call.input)}</pre>
      {result !== undefined && <ToolResult result={result} />}
    </details>
  );
}

export function ToolResult({ result }: { result: BlockOf<'tool_result'> }) {
  const { output, isError, durationMs, renderOutputAsMarkdown } = result;
  return (
    <div data-testid="tool-result">
      <h3>
        {isError ? 'Failed' : 'Result'}
        {durationMs !== undefined && ` after ${Math.round(durationMs)} ms`}
      </h3>
      {renderOutputAsMarkdown === true && typeof output === 'string' ? (
        <Markdown text={output} />
      ) : (
        <pre>{readableJson(output)}</pre>
      )}
    </div>
  );
}
