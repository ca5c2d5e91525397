import type { Usage } from '@perdure/protocol';
import type { AgentDefinition, RunEnd, Turn } from './execution-environment.ts';
import { FunctionEnvironment } from './function-environment.ts';
import type { TurnSession } from './turn-session.ts';

/** A turn as a function gets it. */
export interface FunctionTurn extends Turn {
  readonly sessionId: string;
  readonly tenantId: string;
  /** When the session was created: tells it from one that had its id before it and was deleted. */
  readonly createdAt: string;
  /** Aborts when the run is to stop. */
  readonly signal: AbortSignal;
}

/** What a function may answer: nothing, what it used, or how its run ended. */
export type FunctionResult = RunEnd | { readonly status?: undefined; readonly usage?: Usage | undefined };

export type AgentFunction = (
  turn: FunctionTurn,
  session: TurnSession,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that answers nothing is the usual one
) => FunctionResult | void | Promise<FunctionResult | void>;

export interface FunctionAgentOptions {
  /**
   * How far the function lets a prompt reach. Default: `network`, as of a function that calls a model.
   * Say `host` if it reads files or starts processes as the prompt asks.
   */
  readonly reach?: AgentDefinition['reach'] | undefined;
  readonly onInterrupted?: AgentDefinition['onInterrupted'] | undefined;
}

/**
 * An agent that is a function of this process: it gets a turn and speaks through `session`.
 * What it throws fails the run. A function that goes on after its signal aborted is heard no more.
 */
export function functionAgent(fn: AgentFunction, options: FunctionAgentOptions = {}): AgentDefinition {
  const { reach = 'network', onInterrupted = 'ask' } = options;
  return { reach, onInterrupted, createEnvironment: () => new FunctionEnvironment(fn) };
}
