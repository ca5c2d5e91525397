import { type ErrorCode, errorTable, isPerdureError, type TerminationReason } from '@perdure/protocol';
import type {
  AgentDefinition,
  EnvironmentContext,
  ExecutionEnvironment,
  RunPort,
  Turn,
} from '../environment/execution-environment.ts';
import type { Clock } from './clock.ts';
import type { RunOutcome } from './end-run.ts';
import type { EnvironmentPresence } from './environment-presence.ts';
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
 * R1. Each run is reported ended once, also if its environment never settles.
 * R2. After `stop` nothing is reported any more.
 */
export class RunDriver {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #times: DriverTimes;
  readonly #report: (report: DriverReport) => void;
  #environment: ExecutionEnvironment | undefined;
  #presence: EnvironmentPresence = 'absent';
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

  get presence(): EnvironmentPresence {
    return this.#presence;
  }

  start(definition: AgentDefinition, context: EnvironmentContext): void {
    if (this.#presence !== 'absent' || this.#isStopped) return;
    this.#presence = 'starting';
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
    const environment = definition.createEnvironment();
    this.#environment = environment;
    await untilAborted(environment.start(context, signal), signal);
    if (this.#isStopped) return;
    this.#presence = 'ready';
    this.#report({ kind: 'environment-ready' });
  }

  #startFailed(error: unknown): void {
    this.#logger.error({ err: error }, 'the environment could not start');
    this.#discard('unhealthy');
    if (this.#isStopped) return;
    const { code, message } = worded(
      error,
      'environment-failed',
      'The environment could not start; the log of the server says why.',
    );
    this.#report({ kind: 'environment-failed', code, message, stage: 'start' });
  }

  run(turn: Turn, port: RunPort): void {
    const environment = this.#environment;
    if (environment === undefined || this.#isStopped) return;
    const run: OpenRun = {
      runId: turn.runId,
      abort: new AbortController(),
      isOver: false,
      cancelTimer: undefined,
    };
    this.#run = run;
    this.#runTurn(environment, run, turn, port).catch((error: unknown) => {
      this.#logger.error({ err: error, runId: run.runId }, 'a run could not be reported');
    });
  }

  async #runTurn(environment: ExecutionEnvironment, run: OpenRun, turn: Turn, port: RunPort): Promise<void> {
    let outcome: RunOutcome;
    try {
      const end = await environment.run(turn, port, run.abort.signal);
      outcome =
        end.status === 'completed'
          ? { kind: 'completed', usage: end.usage }
          : { kind: 'failed', code: end.code, message: end.message, retryable: end.retryable };
    } catch (error) {
      if (!run.abort.signal.aborted) this.#logger.error({ err: error, runId: run.runId }, 'the agent failed');
      const worst = worded(error, 'agent-failed', 'The agent failed; the log of the server says why.');
      outcome = { kind: 'failed', ...worst, retryable: isRetryable(worst.code) };
    }
    if (run.isOver) return;
    const isHealthy = outcome.kind === 'completed' || (await environment.isHealthy().catch(() => false));
    this.#end(run, outcome, !isHealthy);
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
    await this.#discard(reason);
  }

  #discard(reason: TerminationReason): Promise<void> {
    const environment = this.#environment;
    this.#environment = undefined;
    this.#presence = 'absent';
    if (environment === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.timer(this.#times.stopMs, () => {
        this.#logger.error({ reason }, 'an environment did not stop in time and was given up');
        resolve();
      });
      environment
        .stop(reason)
        .catch((error: unknown) => this.#logger.error({ err: error }, 'an environment failed to stop'))
        .finally(() => {
          cancelTimer();
          resolve();
        });
    });
  }
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
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
