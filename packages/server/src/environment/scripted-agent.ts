import type { TerminationReason } from '@perdure/protocol';
import type { AgentDefinition, EnvironmentContext } from './execution-environment.ts';
import type { Script } from './script.ts';
import { ScriptedEnvironment } from './scripted-environment.ts';

export interface ScriptedAgentOptions {
  readonly reach?: AgentDefinition['reach'] | undefined;
  readonly onInterrupted?: AgentDefinition['onInterrupted'] | undefined;
  /** False: it goes on when the port says it is full. */
  readonly heedsBackpressure?: boolean | undefined;
  /** What the start of an environment does: wait, or throw. */
  readonly onStart?: ((context: EnvironmentContext, signal: AbortSignal) => Promise<void>) | undefined;
  readonly onStop?: ((reason: TerminationReason) => Promise<void>) | undefined;
  readonly isHealthy?: (() => boolean) | undefined;
}

/** An agent that does what it is told to, for tests, demonstrations and measurements; one that breaks the rules too. */
export function scriptedAgent(
  /** The same for all sessions, or of each by its context. */
  script: Script | { forSession(context: EnvironmentContext): Script },
  options: ScriptedAgentOptions = {},
): AgentDefinition {
  const { reach = 'none', onInterrupted = 'ask' } = options;
  const scriptOf = (context: EnvironmentContext) =>
    'forSession' in script ? script.forSession(context) : script;
  return { reach, onInterrupted, createEnvironment: () => new ScriptedEnvironment(scriptOf, options) };
}
