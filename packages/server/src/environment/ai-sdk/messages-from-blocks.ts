import { type Block, type BlockOf, type Content, type Json, textOf } from '@perdure/protocol';
import type { AssistantModelMessage, ModelMessage, ToolCallPart, ToolResultPart } from 'ai';

type AssistantPart = Exclude<AssistantModelMessage['content'], string>[number];
type ToolOutput = ToolResultPart['output'];

/**
 * The blocks of a conversation as the messages a model gets.
 *
 * M1. Each tool call is followed at once by a result, as providers demand: one that got none failed.
 * M2. Thinking is left out: providers take their own back only, with a signature that is not kept.
 */
export function messagesFromBlocks(blocks: readonly Block[]): ModelMessage[] {
  const messages: ModelMessage[] = [];
  const results = resultsByCall(blocks);
  let parts: AssistantPart[] = [];

  const endMessage = () => {
    if (parts.length === 0) return;
    messages.push({ role: 'assistant', content: parts });
    const calls = parts.filter((part) => part.type === 'tool-call');
    parts = [];
    if (calls.length === 0) return;
    const content = calls.map((call) => resultPart(call, results.get(call.toolCallId)?.shift()));
    messages.push({ role: 'tool', content });
  };

  for (const block of blocks) {
    switch (block.type) {
      case 'user_message':
        endMessage();
        messages.push({ role: 'user', content: wordsOf(block.content) });
        break;
      case 'assistant_text':
        if (block.content !== '') parts.push({ type: 'text', text: block.content });
        break;
      case 'tool_use': {
        const { toolUseId: toolCallId, toolName, input } = block;
        parts.push({ type: 'tool-call', toolCallId, toolName, input });
        break;
      }
      case 'tool_result':
        endMessage(); // the result itself stands with its call (M1)
        break;
      case 'thinking': // M2
      case 'system':
      case 'subagent':
      case 'error':
      case 'skill_load':
        break; // said to people, not to the model
      default:
        block satisfies never;
    }
  }
  endMessage();
  return messages;
}

/** The results of each call id, in order: some providers give the same ids again in a later turn. */
function resultsByCall(blocks: readonly Block[]): Map<string, BlockOf<'tool_result'>[]> {
  const results = new Map<string, BlockOf<'tool_result'>[]>();
  for (const block of blocks) {
    if (block.type !== 'tool_result') continue;
    results.set(block.toolUseId, [...(results.get(block.toolUseId) ?? []), block]);
  }
  return results;
}

function resultPart(call: ToolCallPart, result: BlockOf<'tool_result'> | undefined): ToolResultPart {
  const { toolCallId, toolName } = call;
  const output: ToolOutput =
    result === undefined
      ? { type: 'error-text', value: 'The call was interrupted.' }
      : toolOutput(result.output, result.isError);
  return { type: 'tool-result', toolCallId, toolName, output };
}

function toolOutput(value: Json, isError: boolean): ToolOutput {
  if (typeof value === 'string') return { type: isError ? 'error-text' : 'text', value };
  return { type: isError ? 'error-json' : 'json', value };
}

/** The words of a message. Files are named: their bytes are not in the log. */
function wordsOf(content: Content): string {
  if (typeof content === 'string') return content;
  const files = content.filter((part) => part.type !== 'text');
  const named = files.map(({ name, mediaType, size }) => `[attached: ${name}, ${mediaType}, ${size} bytes]`);
  return [textOf(content), ...named].filter((line) => line !== '').join('\n');
}
