import type { FinishReason, LanguageModelUsage, TextStreamPart, ToolSet } from 'ai';
import type { ToolCall, TurnSession } from '../turn-session.ts';
import { jsonOf, outputOf } from './json-of.ts';

/** What a stream told besides its words. */
export interface StreamEnd {
  readonly finishReason: FinishReason | undefined;
  readonly totalUsage: LanguageModelUsage | undefined;
  /** The one that answered last, as its provider names it. */
  readonly model: string | undefined;
}

export interface StreamMapper {
  /** Says a part of the stream. Answers as `TurnSession.text` does; throws what the provider failed with. */
  map(part: TextStreamPart<ToolSet>): boolean;
  /** Calls of the model that were begun. */
  readonly steps: number;
  /** Ends what is open when the stream has ended. */
  end(): StreamEnd;
}

/** Says the parts of an AI SDK stream as blocks: text, thinking, tool calls and their results. */
export function openStreamMapper(session: TurnSession): StreamMapper {
  const openCalls = new Map<string, ToolCall>();
  let steps = 0;
  let finishReason: FinishReason | undefined;
  let totalUsage: LanguageModelUsage | undefined;
  let model: string | undefined;

  const endCall = (id: string, output: unknown, isError: boolean): boolean => {
    const call = openCalls.get(id);
    openCalls.delete(id);
    if (call === undefined) return true;
    return isError ? call.result(errorText(output), { isError }) : call.result(outputOf(output));
  };

  const map = (part: TextStreamPart<ToolSet>): boolean => {
    switch (part.type) {
      case 'text-delta':
        return session.text(part.text);
      case 'reasoning-delta':
        return session.thinking(part.text);
      case 'tool-input-start':
        openCalls.set(part.id, session.toolUse({ name: part.toolName, id: part.id, input: null }));
        return true;
      case 'tool-call': {
        const { toolCallId: id, toolName: name } = part;
        const input = jsonOf(part.input);
        const open = openCalls.get(id);
        if (open !== undefined) return open.setInput(input);
        openCalls.set(id, session.toolUse({ name, id, input }));
        return true;
      }
      case 'tool-result':
        return part.preliminary ? true : endCall(part.toolCallId, part.output, false);
      case 'tool-error':
        return endCall(part.toolCallId, part.error, true);
      case 'tool-output-denied':
        return endCall(part.toolCallId, 'The call was denied.', true);
      case 'tool-approval-request':
        // Left open it would look as if the tool were at work.
        return endCall(part.toolCall.toolCallId, 'The tool asks for an approval, which nobody gave.', true);
      case 'start-step':
        steps++;
        return true;
      case 'finish-step':
        model = part.response.modelId;
        return true;
      case 'finish':
        finishReason = part.finishReason;
        totalUsage = part.totalUsage;
        return true;
      case 'error':
        throw part.error;
      case 'file':
      case 'reasoning-file':
        return session.log(
          'warn',
          `The model made a file (${part.file.mediaType}): sessions cannot keep it.`,
        );
      case 'text-start':
      case 'text-end':
      case 'reasoning-start':
      case 'reasoning-end':
      case 'tool-input-delta':
      case 'tool-input-end':
      case 'tool-approval-response':
      case 'steering-message':
      case 'source':
      case 'custom':
      case 'start':
      case 'abort':
      case 'ping':
      case 'raw':
        return true;
      default:
        part satisfies never;
        return true; // of a later release of the AI SDK
    }
  };

  const end = (): StreamEnd => {
    for (const id of [...openCalls.keys()]) endCall(id, 'Nothing here runs this tool.', true);
    const early = finishReason === undefined ? undefined : earlyEnds[finishReason];
    if (early !== undefined) session.log('warn', early);
    return { finishReason, totalUsage, model };
  };

  return {
    map,
    end,
    get steps() {
      return steps;
    },
  };
}

/** Why an answer is not whole, though nothing failed. */
const earlyEnds: Partial<Record<FinishReason, string>> = {
  length: 'The model stopped at its limit of output tokens: the answer is cut off.',
  'content-filter': "The provider's content filter stopped the answer.",
};

/** What a tool failed with. It is the tool's own word, and the model reads it too. */
function errorText(error: unknown): string {
  return error instanceof Error ? error.message : typeof error === 'string' ? error : String(jsonOf(error));
}
