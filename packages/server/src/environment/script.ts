import type { EnvironmentEventType, Json, Usage } from '@perdure/protocol';
import type { BlockToSay } from './block-writer.ts';
import type { Emission, Turn } from './execution-environment.ts';

/** One thing that a scripted agent does. */
export type ScriptStep =
  /** Words of the answer. Several are said in one tick, each a delta of its own. */
  | { readonly text: string | readonly string[] }
  | { readonly thinking: string }
  /** A tool call with its result; without `output` the call stays open. */
  | { readonly tool: ScriptedToolUse }
  | { readonly block: BlockToSay }
  /** An event as it is, right or wrong. */
  | { readonly emit: ScriptedEmission }
  /** Goes on when the promise resolves; ends like it when it rejects. */
  | { readonly wait: PromiseLike<unknown> | ((signal: AbortSignal) => PromiseLike<unknown>) }
  /** Goes on when all that was said is durable. */
  | { readonly flush: true }
  /** Says the steps again and again; `Infinity` times until the run is aborted. */
  | { readonly repeat: number; readonly steps: readonly ScriptStep[] }
  /** Does nothing any more: until it is aborted, or not even then. */
  | { readonly hang: 'until-abort' | 'for-good' }
  /** What to say, against the rules, when the run has been aborted. */
  | { readonly afterAbort: readonly ScriptStep[] }
  /** Completes the run; so does the end of the script. */
  | { readonly end: { readonly usage?: Usage | undefined } }
  | { readonly fail: ScriptedFailure }
  | { readonly throws: unknown };

export interface ScriptedToolUse {
  readonly name: string;
  readonly input: Json;
  readonly id?: string | undefined;
  readonly output?: Json | undefined;
  readonly isError?: boolean | undefined;
}

export type ScriptedEmission = {
  [T in EnvironmentEventType]: { readonly type: T; readonly payload: Emission<T> };
}[EnvironmentEventType];

export interface ScriptedFailure {
  readonly message: string;
  /** Default: `agent-failed`. */
  readonly code?: string | undefined;
  readonly retryable?: boolean | undefined;
}

/** What a script knows of the run it is played in. */
export interface ScriptedRun {
  readonly turn: Turn;
  readonly signal: AbortSignal;
  flushed(): Promise<void>;
}

/** Steps, or what makes the steps of a turn, such as a generator function. */
export type Script =
  | readonly ScriptStep[]
  | ((run: ScriptedRun) => Iterable<ScriptStep> | AsyncIterable<ScriptStep>);
