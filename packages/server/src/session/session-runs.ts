import type { PerdureError, RunState, SessionState as State, TerminationReason } from '@perdure/protocol';
import type { RunPort } from '../environment/execution-environment.ts';
import type { AgentSessionParts } from './agent-session-parts.ts';
import { decideEnvironment } from './decide-environment.ts';
import type { Decision } from './decision.ts';
import type { Effect } from './effect.ts';
import { actorOf, endRun, type RunOutcome } from './end-run.ts';
import type { EnvironmentPresence } from './environment-presence.ts';
import { openRun } from './open-run.ts';
import { type DriverReport, RunDriver } from './run-driver.ts';
import { createRunEmitter } from './run-emitter.ts';
import type { SessionLoop } from './session-loop.ts';
import { type RunPlace, startNextRun } from './start-next-run.ts';
import { terminateEnvironment } from './terminate-environment.ts';
import { turnOf } from './turn-of.ts';

export interface SessionRunsOptions {
  readonly parts: AgentSessionParts;
  readonly loop: SessionLoop;
  /** Writes a decision that must not be refused, and performs its effects. */
  readonly commit: (decision: Decision) => Promise<void>;
  /** Resolves when everything emitted so far is durable. */
  readonly flushed: () => Promise<void>;
  readonly hasSessionEnded: () => boolean;
  /** A step threw that should not. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * The runs of one session and their environment: what starts them, what they say, what ends them.
 *
 * U1. All a run emitted while it counted is in the log before the run's end; what it emits afterwards is dropped.
 * U2. What the environment does counts from the step that tells it: nothing is decided on news the log does not have.
 * U3. Once finished it takes nothing from the environment, and whoever waited for the end of a run is told.
 */
export class SessionRuns {
  readonly #options: SessionRunsOptions;
  readonly #driver: RunDriver;
  #isDraining = false;
  #environment: EnvironmentPresence = 'absent';
  #speaker: string | undefined;
  /** How the open run ends because the log refused what it said. */
  #refusal: RunOutcome | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: SessionRunsOptions) {
    this.#options = options;
    const { parts, loop, onBroken } = options;
    const { clock, logger, times } = parts;
    const report = (told: DriverReport) => {
      if (told.kind === 'run-ended') this.#speaker = undefined; // U1
      loop.step(() => this.#onReport(told)).catch(onBroken);
    };
    this.#driver = new RunDriver({ clock, logger, times, report });
  }

  get hasOpenRun(): boolean {
    return openRun(this.#state) !== undefined;
  }

  /** What decides whether the next run may start. */
  get place(): RunPlace {
    const { agents } = this.#options.parts;
    return { environment: this.#environment, agents, mayStart: !this.#isDraining };
  }

  get #state(): State {
    return this.#options.parts.state.current;
  }

  /** Resolves when no run is open, or the session has ended. */
  ended(): Promise<void> {
    if (!this.hasOpenRun || this.#options.hasSessionEnded()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** No further run starts; the open one may end. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Resolves when nothing of the environment is left, or it was given up. */
  stop(reason: TerminationReason): Promise<void> {
    return this.#driver.stop(reason);
  }

  finish(): void {
    this.#speaker = undefined;
    this.#tellEnded();
  }

  /** A full log ends the run that fills it. What it said next would stand behind a hole: it is dropped. */
  refuse({ code, message }: PerdureError): void {
    const run = openRun(this.#state);
    if (run === undefined) return;
    this.#speaker = undefined;
    this.#options.loop.emissions.clear();
    this.#refusal = { kind: 'failed', code, message, retryable: false };
    this.#driver.fail(run.runId, this.#refusal);
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'start-environment': {
        const { id, tenantId, createdAt } = this.#options.parts.record;
        const { agent, options } = this.#state;
        this.#environment = 'starting';
        this.#driver.start(effect.definition, { sessionId: id, tenantId, createdAt, agent, options });
        return;
      }
      case 'run':
        this.#run(effect.runId, effect.messageId);
        return;
      case 'abort':
        if (this.#speaker === effect.runId) this.#speaker = undefined;
        this.#driver.abort(effect.runId);
        return;
      default:
        effect satisfies never;
    }
  }

  #run(runId: string, messageId: string): void {
    const state = this.#state;
    const run = state.runs.find((candidate) => candidate.runId === runId);
    const turn = run && turnOf(state, run, messageId, this.#options.parts.reads);
    if (run === undefined || turn === undefined) return;
    this.#speaker = runId;
    this.#driver.run(turn, this.#emitter(run));
  }

  #emitter(run: RunState): RunPort {
    const { parts, loop, flushed, hasSessionEnded } = this.#options;
    const { bus, data, ids, limits } = parts;
    return createRunEmitter({
      runId: run.runId,
      agent: run.agent,
      actor: actorOf(run),
      maxEventBytes: limits.eventBytes,
      data,
      state: this.#state,
      queue: loop.emissions,
      bus,
      isCurrent: () => this.#speaker === run.runId && !hasSessionEnded(),
      isReserved: (id) => this.#state.queue.some(({ messageId }) => messageId === id),
      wake: () => loop.wake(),
      overflow: () => this.#overflow(run.runId),
      flushed,
      drained: () => loop.drained(),
      newId: () => ids.id(),
    });
  }

  #overflow(runId: string): void {
    const message = 'The agent emitted faster than the log could take it, without waiting for room.';
    this.#driver.fail(runId, { kind: 'failed', code: 'emit-overflow', message, retryable: false });
  }

  async #onReport(report: DriverReport): Promise<void> {
    const { parts, commit, hasSessionEnded } = this.#options;
    if (hasSessionEnded()) return;
    if (report.kind === 'run-ended') return this.#onRunEnded(report.runId, report.outcome, report.lost);
    this.#environment = report.kind === 'environment-ready' ? 'ready' : 'absent'; // U2
    const decision = parts.log.begin();
    decideEnvironment(decision, report, this.place);
    await commit(decision);
  }

  async #onRunEnded(runId: string, outcome: RunOutcome, lost: boolean): Promise<void> {
    const { parts, loop, commit, hasSessionEnded } = this.#options;
    await loop.appendEmissions();
    if (hasSessionEnded()) return;
    if (lost) this.#environment = 'absent';
    const { ids, log, logger } = parts;
    const decision = log.begin();
    const run = openRun(decision.state);
    if (run?.runId !== runId) return;
    const isAsked = run.status === 'stopping'; // whatever the environment made of it, someone asked for the end
    endRun(decision, run, isAsked ? { kind: 'cancelled' } : (this.#refusal ?? outcome), () => ids.id());
    this.#refusal = undefined;
    if (lost) terminateEnvironment(decision, 'unhealthy', actorOf(run));
    startNextRun(decision, this.place);
    await commit(decision);
    this.#tellEnded();
    log.compact().catch((error: unknown) => logger.warn({ err: error }, 'a log could not be compacted'));
  }

  #tellEnded(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
