import type { AbandonedEnd, AgentSessionParts, CommandOutcome, SessionEnd } from './agent-session-parts.ts';
import { canonicalJson } from './canonical-json.ts';
import { dropped, fullLog, MAX_WAITING, repeated, tooMany } from './command-outcomes.ts';
import { decideClose } from './decide-close.ts';
import { decideCommand } from './decide-command.ts';
import { decideRecovery } from './decide-recovery.ts';
import type { Decision } from './decision.ts';
import type { Effect } from './effect.ts';
import type { EventDraft } from './event-draft.ts';
import { speaks } from './open-run.ts';
import type { CommitOptions } from './persistence-listener.ts';
import type { CommandAnswer, CommandEnvelope } from './session-command.ts';
import type { SessionEventBus } from './session-event-bus.ts';
import { SessionLoop } from './session-loop.ts';
import { SessionRuns } from './session-runs.ts';
import type { SessionState } from './session-state.ts';

/**
 * One session as an actor in this process.
 *
 * A1. One loop writes, one append at a time; a command is decided on committed state alone.
 * A2. Effects come after the commit that asked for them.
 * A3. Whether what a run emitted counts is asked where it gets its place, too: it may have been told to stop since.
 * A4. Once ended, it writes nothing, answers nothing, and everything that waited for it is told.
 */
export class AgentSession {
  readonly #parts: AgentSessionParts;
  readonly #loop: SessionLoop;
  readonly #runs: SessionRuns;
  #waiting = 0;
  #end: SessionEnd | undefined;

  constructor(parts: AgentSessionParts) {
    this.#parts = parts;
    this.#loop = new SessionLoop({
      append: (drafts) => this.#appendEmissions(drafts),
      onBroken: (error) => this.#broken(error),
    });
    this.#runs = new SessionRuns({
      parts,
      loop: this.#loop,
      commit: (decision) => this.#commit(decision, { essential: true }),
      flushed: () => this.flushed(),
      hasSessionEnded: () => this.#end !== undefined,
      onBroken: (error) => this.#broken(error),
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

  /** Events up to here are not kept. */
  get floor(): number {
    return this.#parts.log.floor;
  }

  get hasOpenRun(): boolean {
    return this.#runs.hasOpenRun;
  }

  /** Why it ended; `undefined` while it lives. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  /** Resolves when no run is open, or the session has ended. */
  runEnded(): Promise<void> {
    return this.#runs.ended();
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
    this.#runs.perform(effects);
  }

  /** No further run starts; the open one may end. */
  drain(): void {
    this.#runs.drain();
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
    const stopped = this.#runs.stop(end === 'deleted' ? 'manual' : 'unhealthy');
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
    if (outcome.kind === 'committed') this.#runs.perform(decision.effects);
    else if (outcome.kind === 'lost') this.abandon(outcome.why, outcome.error);
    else if (outcome.kind === 'full') this.#runs.refuse(fullLog(outcome));
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
    const context = { ...this.#runs.place, decision, commandId, actor, limits, reads, newId: () => ids.id() };
    const answer = await decideCommand(context, command);
    if (decision.events.length === 0) return { kind: 'answered', answer };
    const result = { ...answer } as CommandAnswer & { [key: string]: string | number | boolean };
    const record = { principalId: actor.principalId, commandId, hash, result };
    const essential = command.name === 'interrupt'; // a full log must not keep a run from being stopped
    const outcome = await log.commit(decision, { command: record, essential });
    switch (outcome.kind) {
      case 'committed':
        this.#runs.perform(decision.effects);
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

  // --- beginning and end ---

  async #recover(reason: 'crash' | 'store'): Promise<void> {
    if (this.#end !== undefined) return;
    const { clock, ids, log, reads } = this.#parts;
    const decision = log.begin();
    await decideRecovery({ decision, reason, clock, reads, newId: () => ids.id(), ...this.#runs.place });
    await this.#commit(decision, { essential: true, keepsFloor: true });
  }

  async #close(end: Extract<SessionEnd, 'unloaded' | 'shutdown'>): Promise<void> {
    if (this.#end !== undefined) return;
    const { ids, log } = this.#parts;
    this.#runs.drain();
    await this.#runs.stop(end === 'shutdown' ? 'shutdown' : 'manual');
    await this.#loop.appendEmissions();
    if (this.#end !== undefined) return;
    const decision = log.begin();
    decideClose(decision, end, () => ids.id());
    await this.#commit(decision, { essential: true });
    this.#finish(end);
  }

  #finish(end: SessionEnd): void {
    if (this.#end !== undefined) return; // closing, it was abandoned
    this.#end = end;
    this.#loop.finish();
    this.#runs.finish();
    this.#parts.bus.destroy();
  }
}
