import { PerdureError } from '@perdure/protocol';
import type {
  EnvironmentContext,
  ExecutionEnvironment,
  RunEnd,
  RunPort,
  Turn,
} from './execution-environment.ts';
import type { AgentFunction, FunctionTurn } from './function-agent.ts';
import { settledOrAborted } from './settled-or-aborted.ts';
import { openTurnSession } from './turn-session.ts';

/** Calls a function for each turn. */
export class FunctionEnvironment implements ExecutionEnvironment {
  readonly #fn: AgentFunction;
  readonly #stopped = new AbortController();
  #context: EnvironmentContext | undefined;

  constructor(fn: AgentFunction) {
    this.#fn = fn;
  }

  async start(context: EnvironmentContext, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#context = context;
  }

  async run(turn: Turn, port: RunPort, runSignal: AbortSignal): Promise<RunEnd> {
    const context = this.#context;
    if (context === undefined) {
      throw new PerdureError('environment-failed', 'The environment was asked to run before it had started.');
    }
    const signal = AbortSignal.any([runSignal, this.#stopped.signal]);
    signal.throwIfAborted();
    const { session, end } = openTurnSession(port, turn, signal);
    try {
      const work = (async () => this.#fn(functionTurn(turn, context, signal), session))();
      const runEnd = runEndOf(await settledOrAborted(work, signal));
      end({ completes: runEnd.status === 'completed' });
      return runEnd;
    } finally {
      end({ completes: false });
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('The environment was stopped.'));
  }

  async isHealthy(): Promise<boolean> {
    return !this.#stopped.signal.aborted;
  }
}

function runEndOf(result: Awaited<ReturnType<AgentFunction>>): RunEnd {
  if (!result) return { status: 'completed' };
  return result.status === undefined ? { status: 'completed', usage: result.usage } : result;
}

/** Field by field: a turn may be an object of a class, whose methods a spread would lose. */
function functionTurn(turn: Turn, context: EnvironmentContext, signal: AbortSignal): FunctionTurn {
  const { sessionId, tenantId, createdAt } = context;
  const { runId, attempt, conversationId, message, content, text, agent, options } = turn;
  const history = () => turn.history();
  const told = { runId, attempt, conversationId, message, content, text, agent, options, history };
  return { ...told, sessionId, tenantId, createdAt, signal };
}
