import { PerdureError, type TerminationReason } from '@perdure/protocol';
import type {
  EnvironmentContext,
  ExecutionEnvironment,
  RunEnd,
  RunPort,
  Turn,
} from './execution-environment.ts';
import { playScript } from './play-script.ts';
import type { Script } from './script.ts';
import type { ScriptedAgentOptions } from './scripted-agent.ts';

/** Plays a script in each run. */
export class ScriptedEnvironment implements ExecutionEnvironment {
  readonly #scriptOf: (context: EnvironmentContext) => Script;
  readonly #options: ScriptedAgentOptions;
  readonly #stopped = new AbortController();
  #script: Script | undefined;

  constructor(scriptOf: (context: EnvironmentContext) => Script, options: ScriptedAgentOptions) {
    this.#scriptOf = scriptOf;
    this.#options = options;
  }

  async start(context: EnvironmentContext, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#options.onStart?.(context, signal);
    this.#script = this.#scriptOf(context);
  }

  async run(turn: Turn, port: RunPort, runSignal: AbortSignal): Promise<RunEnd> {
    if (this.#script === undefined) {
      throw new PerdureError('environment-failed', 'The environment was asked to run before it had started.');
    }
    const signal = AbortSignal.any([runSignal, this.#stopped.signal]);
    signal.throwIfAborted();
    const { heedsBackpressure = true } = this.#options;
    const run = { turn, signal, flushed: () => port.flushed() };
    return playScript(this.#script, port, run, { heedsBackpressure });
  }

  async stop(reason: TerminationReason): Promise<void> {
    this.#stopped.abort(new Error('The environment was stopped.'));
    await this.#options.onStop?.(reason);
  }

  async isHealthy(): Promise<boolean> {
    return !this.#stopped.signal.aborted && (this.#options.isHealthy?.() ?? true);
  }
}
