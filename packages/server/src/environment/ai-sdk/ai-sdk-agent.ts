import {
  type Instructions,
  isStepCount,
  type LanguageModel,
  type LanguageModelCallOptions,
  streamText,
  type ToolSet,
} from 'ai';
import type { AgentDefinition, RunEnd } from '../execution-environment.ts';
import { type FunctionAgentOptions, type FunctionTurn, functionAgent } from '../function-agent.ts';
import type { TurnSession } from '../turn-session.ts';
import { openStreamMapper } from './map-stream-part.ts';
import { messagesFromBlocks } from './messages-from-blocks.ts';
import { providerFailure } from './provider-failure.ts';
import { usageOf } from './usage-of.ts';

/** A value, or what makes it for a turn. */
type ForTurn<T> = T | ((turn: FunctionTurn) => T | Promise<T>);
type CallOptions = Parameters<typeof streamText>[0];

export interface AiSdkAgentOptions extends FunctionAgentOptions {
  readonly model: ForTurn<LanguageModel>;
  readonly tools?: ForTurn<ToolSet> | undefined;
  readonly instructions?: ForTurn<Instructions> | undefined;
  /** Calls of the model in one turn. A turn that needs more fails as `budget-exceeded`. */
  readonly maxSteps?: number | undefined;
  /** Temperature, limits of tokens and the like, as the AI SDK takes them. */
  readonly settings?: LanguageModelCallOptions | undefined;
  readonly providerOptions?: CallOptions['providerOptions'] | undefined;
  /** How often a call is tried again before the run fails. Default: as the AI SDK has it. */
  readonly maxRetries?: number | undefined;
  /** Gets what the provider said when a run fails: clients are told a sentence of ours only. */
  readonly onError?: ((error: unknown, turn: FunctionTurn) => void) | undefined;
}

/** An agent that is a model with tools, called through the AI SDK. Its history is the conversation's log. */
export function aiSdkAgent(options: AiSdkAgentOptions): AgentDefinition {
  return functionAgent((turn, session) => answer(turn, session, options), options);
}

async function answer(turn: FunctionTurn, session: TurnSession, options: AiSdkAgentOptions): Promise<RunEnd> {
  const { maxSteps = 20 } = options; // what the AI SDK's own agents have
  const call = {
    ...options.settings,
    ...definedOnly({
      tools: options.tools && (await forTurn(options.tools, turn)),
      instructions: options.instructions && (await forTurn(options.instructions, turn)),
      providerOptions: options.providerOptions,
      maxRetries: options.maxRetries,
    }),
    model: await forTurn(options.model, turn),
    messages: messagesFromBlocks(await turn.history()),
    stopWhen: isStepCount(maxSteps),
    abortSignal: turn.signal,
    onError: () => {}, // it comes as a part of the stream too; the default prints it
  };
  const mapper = openStreamMapper(session);
  try {
    for await (const part of streamText(call).fullStream) {
      if (!mapper.map(part)) await session.drained();
    }
  } catch (error) {
    if (turn.signal.aborted) throw error;
    options.onError?.(error, turn);
    return providerFailure(error);
  }
  turn.signal.throwIfAborted();
  const { totalUsage, finishReason, model } = mapper.end();
  if (finishReason === 'tool-calls' && mapper.steps >= maxSteps) return stepsUsedUp(maxSteps);
  return { status: 'completed', usage: totalUsage && usageOf(totalUsage, model) };
}

function stepsUsedUp(maxSteps: number): RunEnd {
  const message = `The agent used all of its ${maxSteps} steps and had not come to an answer.`;
  return { status: 'failed', code: 'budget-exceeded', message, retryable: false };
}

async function forTurn<T>(value: ForTurn<T>, turn: FunctionTurn): Promise<T> {
  return typeof value === 'function' ? (value as (turn: FunctionTurn) => T | Promise<T>)(turn) : value;
}

/** The AI SDK takes a field that is there for one that was meant. */
function definedOnly<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
