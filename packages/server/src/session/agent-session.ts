import type { PerdureError, RunState, SessionState as State } from '@perdure/protocol';
import type { RunPort } from '../environment/execution-environment.ts';
import type { AbandonedEnd, AgentSessionParts, CommandOutcome, SessionEnd } from './agent-session-parts.ts';
import { canonicalJson } from './canonical-json.ts';
import { dropped, fullLog, MAX_WAITING, repeated, tooMany } from './command-outcomes.ts';
import { decideClose } from './decide-close.ts';
import { decideCommand } from './decide-command.ts';
import { decideEnvironment } from './decide-environment.ts';
import { decideRecovery } from './decide-recovery.ts';
import type { Decision } from './decision.ts';
import type { Effect } from './effect.ts';
import type { EnvironmentPresence } from './environment-presence.ts';
import { actorOf, endRun, type RunOutcome } from './end-run.ts';
import type { EventDraft } from './event-draft.ts';
import { openRun, speaks } from './open-run.ts';
import type { CommitOptions } from './persistence-listener.ts';
import { type DriverReport, RunDriver } from './run-driver.ts';
import { createRunEmitter } from './run-emitter.ts';
import type { CommandAnswer, CommandEnvelope } from './session-command.ts';
import type { SessionEventBus } from './session-event-bus.ts';
import { SessionLoop } from './session-loop.ts';
import type { SessionState } from './session-state.ts';
import { type RunPlace, startNextRun } from './start-next-run.ts';
import { terminateEnvironment } from './terminate-environment.ts';
import { turnOf } from './turn-of.ts';

/**
 * One session as an actor in this process.
 *
 * A1. One loop writes, one append at a time; a command is decided on committed state alone.
 * A2. Effects come after the commit that asked for them.
 * A3. All a run emitted while it counted is in the log before the run's end; what it emits afterwards is dropped.
 * A4. What the environment does counts from the step that tells it: nothing is decided on news the log does not have.
 * A5. Once ended, it writes nothing, answers nothing, and everything that waited for it is told.
 */
export class AgentSession {
  readonly #parts: AgentSessionParts;
  readonly #driver: RunDriver;
  readonly #loop: SessionLoop;
  #waiting = 0;
  #isDraining = false;
  #environment: EnvironmentPresence = 'absent';
  #speaker: string | undefined;
  /** How the open run ends because the log refused what it said. */
  #refusal: RunOutcome | undefined;
  #runEnds: (() => void)[] = [];
  #end: SessionEnd | undefined;

  constructor(parts: AgentSessionParts) {
    this.#parts = parts;
    const { clock, logger, times } = parts;
    this.#loop = new SessionLoop({
      append: (drafts) => this.#appendEmissions(drafts),
      onBroken: (error) => this.#broken(error),
    });
    const report = (told: DriverReport) => {
      if (told.kind === 'run-ended') this.#speaker = undefined; // A3
      this.#loop.step(() => this.#onReport(told)).catch((error: unknown) => this.#broken(error));
    };
    this.#driver = new RunDriver({ clock, logger, times, report });
  }

  get state(): SessionState {
    return this.#parts.state;
  }

  get bus(): SessionEventBus {
    return this.#parts.bus;
  }

  get epoch(): number {
    return this.#parts.log.epoch;
  }

  /** Events up to here are not kept. */
  get floor(): number {
    return this.#parts.log.floor;
  }

  get hasOpenRun(): boolean {
    return openRun(this.#state) !== undefined;
  }

  /** Why it ended; `undefined` while it lives. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  /** Resolves when no run is open, or the session has ended. */
  runEnded(): Promise<void> {
    if (!this.hasOpenRun || this.#end !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#runEnds.push(resolve);
    });
  }

  get #state(): State {
    return this.#parts.state.current;
  }

  /** Resolves when the command is durable, or with what kept it from being so; rejects with its refusal. */
  execute(envelope: CommandEnvelope): Promise<CommandOutcome> {
    if (this.#end !== undefined) return Promise.resolve({ kind: 'gone', end: this.#end });
    if (this.#waiting >= MAX_WAITING) return Promise.reject(tooMany(this.#waiting));
    this.#waiting += 1;
    return this.#loop.step(() => this.#command(envelope));
  }

  /** Ends what a dead process left open, then goes on with what waits. The first step of a loaded session. */
  recover(reason: 'crash' | 'store'): Promise<void> {
    return this.#orBreak(this.#loop.step(() => this.#recover(reason)));
  }

  /** Sets going what the session's creation asked for. */
  begin(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  /** No further run starts; the open one may end. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Resolves when everything emitted so far is durable; rejects when something was dropped with the session. */
  flushed(): Promise<void> {
    const flushed = this.#loop.flushed().then(() => {
      if (this.#loop.hasDropped) throw dropped(this.#end);
    });
    flushed.catch(() => undefined); // who does not look must not end everyone's sessions
    return flushed;
  }

  /** Takes the session out of memory: an open run ends as cancelled, or interrupted by a shutdown. */
  close(end: Extract<SessionEnd, 'unloaded' | 'shutdown'>): Promise<void> {
    return this.#orBreak(this.#loop.step(() => this.#close(end)));
  }

  /** Ends at once, writing nothing more: the log belongs to someone else, is gone, or cannot be written. */
  abandon(end: AbandonedEnd, error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#finish(end);
    const stopped = this.#driver.stop(end === 'deleted' ? 'manual' : 'unhealthy');
    this.#parts.onLost(end, error, stopped);
  }

  // --- appends ---

  async #appendEmissions(drafts: readonly EventDraft[]): Promise<void> {
    const decision = this.#parts.log.begin();
    for (const draft of drafts) {
      if (speaks(decision.state, draft.runId)) decision.add(draft); // A3
    }
    await this.#commit(decision);
  }

  /** A session whose recovery or end broke off is neither recovered nor ended. */
  async #orBreak(step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      this.#broken(error);
      throw error;
    }
  }

  #broken(error: unknown): void {
    this.#parts.logger.error({ err: error }, 'the loop of a session broke');
    this.abandon('broken', error); // what is in memory cannot be trusted: it is read anew
  }

  /** Writes a decision that answers nobody. */
  async #commit(decision: Decision, options: CommitOptions = {}): Promise<void> {
    if (decision.events.length === 0) return;
    const outcome = await this.#parts.log.commit(decision, options);
    if (outcome.kind === 'committed') this.#performAll(decision);
    else if (outcome.kind === 'lost') this.abandon(outcome.why, outcome.error);
    else if (outcome.kind === 'full') this.#refuse(fullLog(outcome));
  }

  /** A full log ends the run that fills it. What it said next would stand behind a hole: it is dropped. */
  #refuse({ code, message }: PerdureError): void {
    const run = openRun(this.#state);
    if (run === undefined) return;
    this.#speaker = undefined;
    this.#loop.emissions.clear();
    this.#refusal = { kind: 'failed', code, message, retryable: false };
    this.#driver.fail(run.runId, this.#refusal);
  }

  // --- commands ---

  async #command(envelope: CommandEnvelope): Promise<CommandOutcome> {
    this.#waiting -= 1;
    return this.#end === undefined ? this.#decide(envelope) : { kind: 'gone', end: this.#end };
  }

  async #decide({ command, commandId, actor }: CommandEnvelope): Promise<CommandOutcome> {
    const { digest, ids, limits, log, reads } = this.#parts;
    const hash = digest(canonicalJson(command));
    const before = await reads.command(actor.principalId, commandId);
    if (before !== undefined) return repeated(before, hash, commandId);
    const decision = log.begin();
    const context = { ...this.#place(), decision, commandId, actor, limits, reads, newId: () => ids.id() };
    const answer = await decideCommand(context, command);
    if (decision.events.length === 0) return { kind: 'answered', answer };
    const result = { ...answer } as CommandAnswer & { [key: string]: string | number | boolean };
    const record = { principalId: actor.principalId, commandId, hash, result };
    const essential = command.name === 'interrupt'; // a full log must not keep a run from being stopped
    const outcome = await log.commit(decision, { command: record, essential });
    switch (outcome.kind) {
      case 'committed':
        this.#performAll(decision);
        return { kind: 'answered', answer };
      case 'duplicate':
        return repeated(outcome, hash, commandId);
      case 'full':
        throw fullLog(outcome);
      case 'lost':
        this.abandon(outcome.why, outcome.error);
        return { kind: 'gone', end: outcome.why };
      default:
        return outcome satisfies never;
    }
  }

  #place(): RunPlace {
    return { environment: this.#environment, agents: this.#parts.agents, mayStart: !this.#isDraining };
  }

  // --- runs ---

  async #onReport(report: DriverReport): Promise<void> {
    if (this.#end !== undefined) return;
    if (report.kind === 'run-ended') return this.#runEnded(report.runId, report.outcome, report.lost);
    this.#environment = report.kind === 'environment-ready' ? 'ready' : 'absent'; // A4
    const decision = this.#parts.log.begin();
    decideEnvironment(decision, report, this.#place());
    await this.#commit(decision, { essential: true });
  }

  async #runEnded(runId: string, outcome: RunOutcome, lost: boolean): Promise<void> {
    await this.#loop.appendEmissions();
    if (this.#end !== undefined) return;
    if (lost) this.#environment = 'absent';
    const { ids, log, logger } = this.#parts;
    const decision = log.begin();
    const run = openRun(decision.state);
    if (run?.runId !== runId) return;
    const isAsked = run.status === 'stopping'; // whatever the environment made of it, someone asked for the end
    endRun(decision, run, isAsked ? { kind: 'cancelled' } : (this.#refusal ?? outcome), () => ids.id());
    this.#refusal = undefined;
    if (lost) terminateEnvironment(decision, 'unhealthy', actorOf(run));
    startNextRun(decision, this.#place());
    await this.#commit(decision, { essential: true });
    this.#tellRunEnded();
    log.compact().catch((error: unknown) => logger.warn({ err: error }, 'a log could not be compacted'));
  }

  async #recover(reason: 'crash' | 'store'): Promise<void> {
    if (this.#end !== undefined) return;
    const { clock, ids, log, reads } = this.#parts;
    const decision = log.begin();
    await decideRecovery({ decision, reason, clock, reads, newId: () => ids.id(), ...this.#place() });
    await this.#commit(decision, { essential: true, keepsFloor: true });
  }

  async #close(end: Extract<SessionEnd, 'unloaded' | 'shutdown'>): Promise<void> {
    if (this.#end !== undefined) return;
    const { ids, log } = this.#parts;
    this.#isDraining = true;
    await this.#driver.stop(end === 'shutdown' ? 'shutdown' : 'manual');
    await this.#loop.appendEmissions();
    if (this.#end !== undefined) return;
    const decision = log.begin();
    decideClose(decision, end, () => ids.id());
    await this.#commit(decision, { essential: true });
    this.#finish(end);
  }

  #performAll(decision: Decision): void {
    for (const effect of decision.effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'start-environment': {
        const { id, tenantId, createdAt } = this.#parts.record;
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
    const turn = run && turnOf(state, run, messageId, this.#parts.reads);
    if (run === undefined || turn === undefined) return;
    this.#speaker = runId;
    this.#driver.run(turn, this.#emitter(run));
  }

  #emitter(run: RunState): RunPort {
    const { bus, data, ids, limits } = this.#parts;
    return createRunEmitter({
      runId: run.runId,
      agent: run.agent,
      actor: actorOf(run),
      maxEventBytes: limits.eventBytes,
      data,
      state: this.#state,
      queue: this.#loop.emissions,
      bus,
      isCurrent: () => this.#speaker === run.runId && this.#end === undefined,
      isReserved: (id) => this.#state.queue.some(({ messageId }) => messageId === id),
      wake: () => this.#loop.wake(),
      overflow: () => this.#overflow(run.runId),
      flushed: () => this.flushed(),
      drained: () => this.#loop.drained(),
      newId: () => ids.id(),
    });
  }

  #overflow(runId: string): void {
    const message = 'The agent emitted faster than the log could take it, without waiting for room.';
    this.#driver.fail(runId, { kind: 'failed', code: 'emit-overflow', message, retryable: false });
  }

  #tellRunEnded(): void {
    const waiting = this.#runEnds;
    this.#runEnds = [];
    for (const resolve of waiting) resolve();
  }

  #finish(end: SessionEnd): void {
    if (this.#end !== undefined) return; // closing, it was abandoned
    this.#end = end;
    this.#speaker = undefined;
    this.#loop.finish();
    this.#tellRunEnded();
    this.#parts.bus.destroy();
  }
}
