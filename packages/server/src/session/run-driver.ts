import { type ErrorCode, errorTable, isPerdureError, type TerminationReason } from '@perdure/protocol';
import { catalogue } from '@perdure/protocol/schemas';
import type {
  AgentDefinition,
  EnvironmentContext,
  ExecutionEnvironment,
  RunEnd,
  RunPort,
  Turn,
} from '../environment/execution-environment.ts';
import type { Clock } from './clock.ts';
import type { RunOutcome } from './end-run.ts';
import type { Logger } from './logger.ts';

/** What the environment has to tell the session's loop. */
export type DriverReport =
  | { readonly kind: 'environment-ready' }
  | {
      readonly kind: 'environment-failed';
      readonly code: string;
      readonly message: string;
      readonly stage: 'start';
    }
  | {
      readonly kind: 'run-ended';
      readonly runId: string;
      readonly outcome: RunOutcome;
      readonly lost: boolean;
    };

/** How long things may take. */
export interface DriverTimes {
  /** Starting an environment. Default: 60 s, as images and models load slowly. */
  readonly startMs: number;
  /** From an abort to the killing of what does not heed it: a run someone interrupts ends within a second. */
  readonly abortMs: number;
  /** Stopping an environment; past it, it is given up. */
  readonly stopMs: number;
}

export const defaultDriverTimes: DriverTimes = { startMs: 60_000, abortMs: 900, stopMs: 5_000 };

interface OpenRun {
  readonly runId: string;
  readonly abort: AbortController;
  isOver: boolean;
  cancelTimer: (() => void) | undefined;
}

/**
 * Owns the execution environment of one session and the run in it. It starts what the loop has committed and reports what
 * came of it; it decides nothing.
 *
 * R1. Each run is reported ended once, whatever its environment does, throws or never settles.
 * R2. After `stop` nothing is reported any more.
 * R3. An environment is made only when the one before it has stopped, or was given up.
 */
export class RunDriver {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #times: DriverTimes;
  readonly #report: (report: DriverReport) => void;
  #environment: ExecutionEnvironment | undefined;
  #discarded: Promise<unknown> = Promise.resolve();
  #starting: AbortController | undefined;
  #run: OpenRun | undefined;
  #isStopped = false;

  constructor(options: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly times: DriverTimes;
    readonly report: (report: DriverReport) => void;
  }) {
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#times = options.times;
    this.#report = options.report;
  }

  /** Asked once, and again after a report that the environment failed or was lost. */
  start(definition: AgentDefinition, context: EnvironmentContext): void {
    if (this.#isStopped) return;
    const starting = new AbortController();
    this.#starting = starting;
    const cancelTimer = this.#clock.timer(this.#times.startMs, () =>
      starting.abort(new Error('The start took too long.')),
    );
    this.#startEnvironment(definition, context, starting.signal).then(
      () => cancelTimer(),
      (error: unknown) => {
        cancelTimer();
        this.#startFailed(error);
      },
    );
  }

  async #startEnvironment(
    definition: AgentDefinition,
    context: EnvironmentContext,
    signal: AbortSignal,
  ): Promise<void> {
    await untilAborted(this.#discarded, signal); // R3
    const environment = definition.createEnvironment();
    this.#environment = environment;
    await untilAborted(environment.start(context, signal), signal);
    if (!this.#isStopped) this.#report({ kind: 'environment-ready' });
  }

  #startFailed(error: unknown): void {
    if (this.#isStopped) return; // which is why
    this.#logger.error({ err: error }, 'the environment could not start');
    this.#discard('unhealthy');
    const { code, message } = worded(
      error,
      'environment-failed',
      'The environment could not start; the log of the server says why.',
    );
    this.#report({ kind: 'environment-failed', code, message, stage: 'start' });
  }

  run(turn: Turn, port: RunPort): void {
    const environment = this.#environment;
    if (this.#isStopped) return;
    const run: OpenRun = {
      runId: turn.runId,
      abort: new AbortController(),
      isOver: false,
      cancelTimer: undefined,
    };
    this.#run = run;
    if (environment === undefined) {
      const message = 'There was no environment to run the agent in.';
      this.#end(run, { kind: 'failed', code: 'environment-failed', message, retryable: true }, true);
      return;
    }
    this.#runTurn(environment, run, turn, port).catch((error: unknown) => {
      this.#logger.error({ err: error, runId: run.runId }, 'a run could not be reported');
    });
  }

  async #runTurn(environment: ExecutionEnvironment, run: OpenRun, turn: Turn, port: RunPort): Promise<void> {
    let outcome: RunOutcome;
    try {
      outcome = outcomeOf(await environment.run(turn, port, run.abort.signal));
    } catch (error) {
      if (!run.abort.signal.aborted) this.#logger.error({ err: error, runId: run.runId }, 'the agent failed');
      const worst = worded(error, 'agent-failed', 'The agent failed; the log of the server says why.');
      outcome = { kind: 'failed', ...worst, retryable: isRetryable(worst.code) };
    }
    if (run.isOver) return;
    const isHealthy = outcome.kind === 'completed' || (await this.#isHealthy(environment));
    this.#end(run, outcome, !isHealthy);
  }

  /** One that does not answer in time is not. */
  #isHealthy(environment: ExecutionEnvironment): Promise<boolean> {
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.timer(this.#times.abortMs, () => resolve(false));
      const asked = (async () => environment.isHealthy())();
      asked.then(resolve, () => resolve(false)).finally(cancelTimer);
    });
  }

  /** Asks the run to end; what does not heed it in time is ended with its environment. */
  abort(runId: string): void {
    const run = this.#run;
    if (run?.runId !== runId || run.isOver || run.cancelTimer !== undefined) return;
    run.cancelTimer = this.#clock.timer(this.#times.abortMs, () =>
      this.#end(run, { kind: 'cancelled' }, true),
    );
    run.abort.abort();
  }

  /** Ends a run from this side, such as one that emits without waiting. */
  fail(runId: string, outcome: RunOutcome): void {
    const run = this.#run;
    if (run?.runId !== runId || run.isOver) return;
    run.abort.abort();
    this.#end(run, outcome, true);
  }

  #end(run: OpenRun, outcome: RunOutcome, lost: boolean): void {
    if (run.isOver) return; // R1
    run.isOver = true;
    run.cancelTimer?.();
    this.#run = undefined;
    if (lost) this.#discard('unhealthy');
    if (!this.#isStopped) this.#report({ kind: 'run-ended', runId: run.runId, outcome, lost });
  }

  /** Aborts what runs and stops the environment; resolves when nothing of it is left or it was given up. */
  async stop(reason: TerminationReason): Promise<void> {
    this.#isStopped = true;
    this.#starting?.abort();
    const run = this.#run;
    if (run !== undefined) {
      run.isOver = true;
      run.cancelTimer?.();
      run.abort.abort();
      this.#run = undefined;
    }
    this.#discard(reason);
    await this.#discarded;
  }

  #discard(reason: TerminationReason): void {
    const environment = this.#environment;
    this.#environment = undefined;
    if (environment !== undefined) this.#discarded = this.#stopped(environment, reason);
  }

  /** Resolves when the environment has stopped, or was given up. */
  #stopped(environment: ExecutionEnvironment, reason: TerminationReason): Promise<void> {
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.timer(this.#times.stopMs, () => {
        this.#logger.error({ reason }, 'an environment did not stop in time and was given up');
        resolve();
      });
      const stopping = (async () => environment.stop(reason))();
      stopping
        .catch((error: unknown) => this.#logger.error({ err: error }, 'an environment failed to stop'))
        .finally(() => {
          cancelTimer();
          resolve();
        });
    });
  }
}

/** What an environment answers comes from code of others: an end that could not be read would never end its run. */
function outcomeOf(end: RunEnd): RunOutcome {
  if (end.status === 'completed') {
    return { kind: 'completed', ...catalogue['run:completed'].payload.parse({ usage: end.usage }) };
  }
  return { kind: 'failed', ...catalogue['run:failed'].payload.parse(end) };
}

/** Our own errors speak for themselves; what others say stays in the log. */
function worded(
  error: unknown,
  code: ErrorCode,
  message: string,
): { readonly code: ErrorCode; readonly message: string } {
  return isPerdureError(error) ? { code: error.code, message: error.message } : { code, message };
}

function isRetryable(code: ErrorCode): boolean {
  return errorTable[code].retry !== 'never';
}

/** Rejects when the signal aborts, even if the promise never settles. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
