import {
  isOpenRun,
  MAIN_CONVERSATION,
  PerdureError,
  type RunState,
  type SessionState as State,
  textOf,
} from '@perdure/protocol';
import type { Limits } from '../access/limits.ts';
import type { AgentDefinition, RunPort, Turn } from '../environment/execution-environment.ts';
import type { SessionRecord } from '../store/session-store.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Clock } from './clock.ts';
import { decideCommand } from './decide-command.ts';
import { decideRecovery } from './decide-recovery.ts';
import type { Decision } from './decision.ts';
import type { Digest } from './digest.ts';
import type { Effect } from './effect.ts';
import { EmissionQueue, HIGH_WATER_BYTES } from './emission-queue.ts';
import { actorOf, endRun, type RunOutcome } from './end-run.ts';
import { FlushWaiters } from './flush-waiters.ts';
import type { IdSource } from './id-source.ts';
import type { Logger } from './logger.ts';
import type { CommitOptions, CommitOutcome, PersistenceListener } from './persistence-listener.ts';
import { type DriverReport, type DriverTimes, RunDriver } from './run-driver.ts';
import { createRunEmitter } from './run-emitter.ts';
import type { CommandAnswer, CommandEnvelope } from './session-command.ts';
import type { SessionEventBus } from './session-event-bus.ts';
import type { SessionReads } from './session-reads.ts';
import type { SessionState } from './session-state.ts';
import { type RunPlace, startNextRun } from './start-next-run.ts';

/** Commands that wait for the loop at most; one more is refused rather than kept. */
const MAX_WAITING = 1_000;

/** Why a session in memory came to its end. */
export type SessionEnd = 'unloaded' | 'shutdown' | 'deleted' | 'fenced' | 'store';

export type CommandOutcome =
  | { readonly kind: 'answered'; readonly answer: CommandAnswer }
  /** The session left memory before the command was written: ask again of the one that is loaded then. */
  | { readonly kind: 'gone'; readonly end: SessionEnd };

export interface AgentSessionParts {
  readonly record: SessionRecord;
  readonly state: SessionState;
  readonly bus: SessionEventBus;
  readonly log: PersistenceListener;
  readonly reads: SessionReads;
  readonly agents: ReadonlyMap<string, AgentDefinition>;
  readonly limits: Limits;
  readonly times: DriverTimes;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly digest: Digest;
  readonly logger: Logger;
  /** Called once, when it ends by itself: another owner, its deletion, or the disk. */
  readonly onLost: (end: Extract<SessionEnd, 'deleted' | 'fenced' | 'store'>, error: unknown) => void;
}

/**
 * One session as an actor in this process.
 *
 * A1. One loop writes, one append at a time; a command is decided on committed state alone.
 * A2. After a command one append of emissions follows if any wait, so that neither starves.
 * A3. Effects come after the commit that asked for them.
 * A4. All a run emitted while it counted is in the log before the run's end; what it emits afterwards is dropped.
 * A5. Once ended, it writes nothing, answers nothing, and everything that waited for it is told.
 */
export class AgentSession {
  readonly #parts: AgentSessionParts;
  readonly #driver: RunDriver;
  readonly #emissions = new EmissionQueue();
  readonly #flushes = new FlushWaiters();
  readonly #drains = new FlushWaiters();
  readonly #steps: (() => Promise<void>)[] = [];
  #waiting = 0;
  #isWorking = false;
  #isDraining = false;
  #speaker: string | undefined;
  #runEnds: (() => void)[] = [];
  #end: SessionEnd | undefined;

  constructor(parts: AgentSessionParts) {
    this.#parts = parts;
    const { clock, logger, times } = parts;
    this.#driver = new RunDriver({
      clock,
      logger,
      times,
      report: (report) => this.#step(() => this.#onReport(report)),
    });
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
    return new Promise((resolve, reject) => {
      this.#step(() => this.#command(envelope).then(resolve, reject));
    });
  }

  /** Ends what a dead process left open, then goes on with what waits. The first step of a loaded session. */
  recover(reason: 'crash' | 'store'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#step(() => this.#recover(reason).then(resolve, reject));
    });
  }

  /** Sets going what the session's creation asked for. */
  begin(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  /** No further run starts; the open one may end. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Resolves when everything emitted so far is durable. */
  flushed(): Promise<void> {
    const { pushed, taken } = this.#emissions;
    if (this.#end !== undefined || (pushed === taken && !this.#isWorking)) return Promise.resolve();
    return this.#flushes.wait(pushed);
  }

  /** Takes the session out of memory: an open run ends as cancelled, or interrupted by a shutdown. */
  close(end: Extract<SessionEnd, 'unloaded' | 'shutdown'>): Promise<void> {
    if (this.#end !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#step(() => this.#close(end).then(resolve, reject));
    });
  }

  /** Ends at once, writing nothing more: the log belongs to someone else, is gone, or cannot be written. */
  abandon(end: Extract<SessionEnd, 'deleted' | 'fenced' | 'store'>, error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#finish(end);
    this.#driver.stop(end === 'deleted' ? 'manual' : 'unhealthy').catch(() => undefined); // reported by the driver
    this.#parts.onLost(end, error);
  }

  // --- the loop ---

  #step(step: () => Promise<void>): void {
    this.#steps.push(step);
    this.#wake();
  }

  #wake(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work().catch((error: unknown) => {
      this.#parts.logger.error({ err: error }, 'the loop of a session broke');
      this.abandon('fenced', error); // what is in memory cannot be trusted: it is read anew
    });
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // what is emitted in one tick is one append
    for (;;) {
      const step = this.#steps.shift();
      if (step === undefined && this.#emissions.isEmpty) break;
      await step?.(); // once ended, a step only tells its caller so
      await this.#appendEmissions(); // A2
    }
    this.#isWorking = false;
    this.#flushes.settle(this.#emissions.taken);
  }

  async #appendEmissions(): Promise<void> {
    if (this.#end !== undefined || this.#emissions.isEmpty) return;
    const drafts = this.#emissions.take(HIGH_WATER_BYTES);
    const through = this.#emissions.taken;
    const decision = this.#parts.log.begin();
    for (const draft of drafts) {
      if (speaks(decision.state, draft.runId)) decision.add(draft); // A4
    }
    await this.#commit(decision);
    this.#flushes.settle(through);
    if (this.#emissions.bytes <= HIGH_WATER_BYTES) this.#drains.settle(Number.POSITIVE_INFINITY);
  }

  /** Writes a decision that answers nobody. A full log ends the run that fills it. */
  async #commit(decision: Decision, options: CommitOptions = {}): Promise<void> {
    if (decision.events.length === 0) return;
    const outcome = await this.#parts.log.commit(decision, options);
    if (outcome.kind === 'committed') this.#performAll(decision);
    else if (outcome.kind === 'lost') this.abandon(outcome.why, outcome.error);
    else if (outcome.kind === 'full' && this.#speaker !== undefined) {
      const { code, message } = fullLog(outcome);
      this.#driver.fail(this.#speaker, { kind: 'failed', code, message, retryable: false });
    }
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
    const outcome = await log.commit(decision, { command: record });
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
    return { environment: this.#driver.presence, agents: this.#parts.agents, mayStart: !this.#isDraining };
  }

  // --- runs ---

  async #onReport(report: DriverReport): Promise<void> {
    if (this.#end !== undefined) return;
    if (report.kind === 'run-ended') return this.#runEnded(report.runId, report.outcome, report.lost);
    const { log } = this.#parts;
    const decision = log.begin();
    const { agent, queue } = decision.state;
    const stamp = {
      actor: queue[0]?.actor ?? { principalId: 'system' },
      source: 'environment',
      agent,
    } as const;
    if (report.kind === 'environment-ready') {
      decision.add({ type: 'environment:ready', payload: {}, ...stamp });
      startNextRun(decision, this.#place());
    } else {
      const { code, message, stage } = report;
      decision.add({ type: 'environment:error', payload: { code, message, stage }, ...stamp });
    }
    await this.#commit(decision, { essential: true });
  }

  async #runEnded(runId: string, outcome: RunOutcome, lost: boolean): Promise<void> {
    await this.#drainEmissions();
    if (this.#end !== undefined) return;
    this.#speaker = undefined;
    const { ids, log, logger } = this.#parts;
    const decision = log.begin();
    const run = openRun(decision.state);
    if (run?.runId !== runId) return;
    const isAsked = run.status === 'stopping'; // whatever the environment made of it, someone asked for the end
    endRun(decision, run, isAsked ? { kind: 'cancelled' } : outcome, () => ids.id());
    if (lost) addTerminated(decision, 'unhealthy', run);
    startNextRun(decision, this.#place());
    await this.#commit(decision, { essential: true });
    this.#tellRunEnded();
    log.compact().catch((error: unknown) => logger.warn({ err: error }, 'a log could not be compacted'));
  }

  async #drainEmissions(): Promise<void> {
    while (this.#end === undefined && !this.#emissions.isEmpty) await this.#appendEmissions();
  }

  async #recover(reason: 'crash' | 'store'): Promise<void> {
    if (this.#end !== undefined) return;
    const { clock, ids, log, reads } = this.#parts;
    const decision = log.begin();
    await decideRecovery({ decision, reason, clock, reads, newId: () => ids.id(), ...this.#place() });
    await this.#commit(decision, { essential: true });
  }

  async #close(end: Extract<SessionEnd, 'unloaded' | 'shutdown'>): Promise<void> {
    if (this.#end !== undefined) return;
    const { ids, log } = this.#parts;
    const wasPresent = this.#driver.presence !== 'absent';
    this.#isDraining = true;
    await this.#driver.stop(end === 'shutdown' ? 'shutdown' : 'manual');
    await this.#drainEmissions();
    if (this.#end !== undefined) return;
    const decision = log.begin();
    const run = openRun(decision.state);
    if (run !== undefined) {
      const isAsked = end === 'unloaded' || run.status === 'stopping';
      endRun(
        decision,
        run,
        isAsked ? { kind: 'cancelled' } : { kind: 'interrupted', reason: 'shutdown' },
        () => ids.id(),
      );
    }
    if (wasPresent) addTerminated(decision, end === 'shutdown' ? 'shutdown' : 'manual', run);
    await this.#commit(decision, { essential: true });
    this.#finish(end);
  }

  #performAll(decision: Decision): void {
    for (const effect of decision.effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'start-environment': {
        const { id, tenantId } = this.#parts.record;
        const { agent, options } = this.#state;
        this.#driver.start(effect.definition, { sessionId: id, tenantId, agent, options });
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
    const message = state.conversations[MAIN_CONVERSATION]?.blocks.findLast(
      (block) => block.id === messageId,
    );
    if (run === undefined || message?.type !== 'user_message') return;
    this.#speaker = runId;
    const turn: Turn = {
      runId,
      attempt: run.attempt,
      conversationId: MAIN_CONVERSATION,
      message,
      content: message.content,
      text: textOf(message.content),
      agent: run.agent,
      options: state.options,
      history: () => this.#parts.reads.history(MAIN_CONVERSATION),
    };
    this.#driver.run(turn, this.#emitter(run));
  }

  #emitter(run: RunState): RunPort {
    const { bus, ids, limits } = this.#parts;
    return createRunEmitter({
      runId: run.runId,
      agent: run.agent,
      actor: actorOf(run),
      maxEventBytes: limits.eventBytes,
      state: this.#state,
      queue: this.#emissions,
      bus,
      isCurrent: () => this.#speaker === run.runId && this.#end === undefined,
      wake: () => this.#wake(),
      overflow: () => this.#overflow(run.runId),
      flushed: () => this.flushed(),
      drained: () => (this.#emissions.bytes <= HIGH_WATER_BYTES ? Promise.resolve() : this.#drains.wait(0)),
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
    this.#end = end;
    this.#speaker = undefined;
    this.#emissions.clear();
    this.#flushes.settle(Number.POSITIVE_INFINITY);
    this.#drains.settle(Number.POSITIVE_INFINITY);
    this.#tellRunEnded();
    this.#parts.bus.destroy();
  }
}

/** The run that has begun and not ended; there is at most one. */
function openRun(state: State): RunState | undefined {
  return state.runs.find((run) => isOpenRun(run) && run.status !== 'queued');
}

/** Whether what a run says still counts: from `run:stopping` on it does not. */
function speaks(state: State, runId: string | undefined): boolean {
  const run = openRun(state);
  return run !== undefined && run.runId === runId && run.status !== 'stopping';
}

function addTerminated(
  decision: Decision,
  reason: 'unhealthy' | 'manual' | 'shutdown',
  run: RunState | undefined,
): void {
  const actor = run === undefined ? { principalId: 'system' } : actorOf(run);
  decision.add({ type: 'environment:terminated', payload: { reason }, actor, source: 'environment' });
}

function repeated(
  record: { readonly hash: string; readonly result: object },
  hash: string,
  commandId: string,
): CommandOutcome {
  if (record.hash === hash)
    return { kind: 'answered', answer: { ...(record.result as CommandAnswer), duplicate: true } };
  throw new PerdureError(
    'idempotency-mismatch',
    `Command id "${commandId}" was used for something else; give each command an id of its own.`,
  );
}

function fullLog({ max, current }: Extract<CommitOutcome, { kind: 'full' }>): PerdureError {
  return new PerdureError(
    'limit-exceeded',
    `The session's log has ${current} of at most ${max} bytes; go on in a new session.`,
    {
      details: { limit: 'sessionLogBytes', max, current },
    },
  );
}

function tooMany(current: number): PerdureError {
  return new PerdureError(
    'limit-exceeded',
    `${current} commands wait for this session already; try again in a moment.`,
    {
      details: { limit: 'sessionWaitingCommands', max: MAX_WAITING, current },
    },
  );
}
