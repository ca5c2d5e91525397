import type { CommandRecord, SessionRecord, SessionStore, SnapshotRow } from '../store/session-store.ts';
import type { ClientBroadcastListener } from './client-broadcast-listener.ts';
import type { Clock } from './clock.ts';
import { Decision } from './decision.ts';
import { floorAfter, type Retention } from './floor-after.ts';
import { projectionsOf } from './projections-of.ts';
import { CRASH_WINDOW_MS, type Crash, recentCrashes } from './recent-crashes.ts';
import { rowsOf } from './rows-of.ts';
import type { SessionEventBus } from './session-event-bus.ts';
import { SessionState } from './session-state.ts';

/** Log bytes between two snapshots: what a cold load folds at most costs less than writing states more often. */
const SNAPSHOT_EVERY_BYTES = 262_144;

export type CommitOutcome =
  | { readonly kind: 'committed' }
  | { readonly kind: 'duplicate'; readonly hash: string; readonly result: CommandRecord['result'] }
  | { readonly kind: 'full'; readonly max: number; readonly current: number }
  /** This copy of the session is no longer the truth: it has to be read anew. */
  | { readonly kind: 'lost'; readonly why: 'fenced' | 'deleted' | 'store'; readonly error: unknown };

export interface CommitOptions {
  readonly command?: CommandRecord | undefined;
  /** For ends of runs: written even into a full log. */
  readonly essential?: boolean | undefined;
  /** For recoveries: brings no floor. */
  readonly keepsFloor?: boolean | undefined;
}

/**
 * Emitted -> appended -> committed: the only way of a session to its store.
 *
 * L1. One append at a time; the caller awaits `commit` before it makes the next decision.
 * L2. State, hub and the tap `committed` see events only after the append is durable, in this order.
 * L3. Loading claims nothing: the first append does.
 * L4. What brings a floor is written even into a full log: it is what makes room there.
 * L5. The floor stays below each crash that still counts, or nothing would end a crash loop. Only recoveries tell of crashes,
 *     before anything else in a session's life here, and bring no floor: so the log is asked once, when a floor is due first.
 */
export class PersistenceListener {
  readonly #store: SessionStore;
  readonly #record: SessionRecord;
  readonly #clock: Clock;
  readonly #state: SessionState;
  readonly #bus: SessionEventBus;
  readonly #broadcast: ClientBroadcastListener;
  #epoch: number;
  #isOwner: boolean;
  readonly #retention: Retention | undefined;
  #floor: number;
  /** L5. Oldest first; none before they are asked for. */
  #crashes: readonly Crash[] | undefined;
  #lastText: string;
  #bytesSinceSnapshot: number;

  constructor(options: {
    readonly store: SessionStore;
    readonly record: SessionRecord;
    /** True for the session that has just been created: its first claim is ours. */
    readonly isOwner: boolean;
    /** Length of the rows between the last snapshot and here. */
    readonly folded: number;
    /** None: the whole log is kept. */
    readonly retention?: Retention | undefined;
    readonly clock: Clock;
    readonly state: SessionState;
    readonly bus: SessionEventBus;
    readonly broadcast: ClientBroadcastListener;
  }) {
    this.#store = options.store;
    this.#record = options.record;
    this.#clock = options.clock;
    this.#state = options.state;
    this.#bus = options.bus;
    this.#broadcast = options.broadcast;
    this.#epoch = options.record.epoch;
    this.#isOwner = options.isOwner;
    this.#bytesSinceSnapshot = options.folded;
    this.#retention = options.retention;
    this.#floor = options.record.floor;
    this.#lastText = options.record.lastText;
  }

  /** The claim of the last append that was seen. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Events up to here are not kept. */
  get floor(): number {
    return this.#floor;
  }

  /** A decision on the committed state. */
  begin(): Decision {
    return new Decision({ state: this.#state.current, head: this.#state.through, at: this.#clock.iso() });
  }

  async commit(decision: Decision, options: CommitOptions = {}): Promise<CommitOutcome> {
    const { before, state, after, through, events } = decision;
    const rows = rowsOf(events);
    const { record, blocks, runs } = projectionsOf(before, state, events, this.#lastText);
    const bytes = rows.reduce((sum, row) => sum + row.body.length, this.#bytesSinceSnapshot);
    const due = options.keepsFloor ? undefined : floorAfter(decision, this.#floor, this.#retention);
    const floor = due === undefined ? undefined : await this.#belowCrashes(due);
    const isDue = floor !== undefined || bytes >= SNAPSHOT_EVERY_BYTES;
    const snapshot = isDue ? snapshotOf(decision) : undefined;
    const outcome = await this.#store.append({
      key: this.#record.key,
      epoch: this.#epoch,
      claim: !this.#isOwner,
      after,
      rows,
      record,
      blocks,
      runs,
      command: options.command,
      snapshot,
      floor,
      essential: (options.essential ?? false) || floor !== undefined, // L4
    });
    switch (outcome.kind) {
      case 'committed':
        this.#epoch = outcome.epoch;
        this.#isOwner = true;
        this.#floor = floor ?? this.#floor;
        this.#lastText = record.lastText;
        this.#bytesSinceSnapshot = snapshot === undefined ? bytes : 0;
        this.#state.advance(state, through);
        this.#broadcast.onCommitted(outcome.epoch, through, rows);
        this.#bus.publishCommitted(decision.told);
        return { kind: 'committed' };
      case 'duplicate':
        return outcome;
      case 'refused':
        return { kind: 'full', max: outcome.max, current: outcome.current };
      case 'fenced':
      case 'conflict':
        return { kind: 'lost', why: 'fenced', error: undefined };
      case 'deleted':
        return { kind: 'lost', why: 'deleted', error: undefined };
      case 'unknown':
        return { kind: 'lost', why: 'store', error: outcome.error };
      default:
        outcome satisfies never;
        return { kind: 'lost', why: 'store', error: undefined };
    }
  }

  /** L5. While the crashes cannot be read, everything is kept: the next append asks again. */
  async #belowCrashes(due: number): Promise<number | undefined> {
    const since = this.#clock.iso(this.#clock.now() - CRASH_WINDOW_MS);
    this.#crashes ??= await recentCrashes(this.#store, this.#record.key, since).catch(() => undefined);
    if (this.#crashes === undefined) return undefined;
    const oldest = this.#crashes.find(({ at }) => at >= since);
    const floor = oldest === undefined ? due : Math.min(due, oldest.seq - 1);
    return floor > this.#floor ? floor : undefined;
  }

  /** Takes out deltas of blocks that are complete. Not part of any answer: a failure costs disk space alone. */
  async compact(): Promise<void> {
    const open = Object.values(this.#state.current.conversations)
      .flatMap((conversation) => conversation.blocks)
      .filter((block) => block.status === 'pending')
      .map((block) => block.seq ?? 0);
    await this.#store.compact(this.#record.key, Math.min(this.#state.through + 1, ...open));
  }
}

function snapshotOf({ state, through }: Decision): SnapshotRow {
  const snapshot = new SessionState(state, through).toSnapshot();
  return { stateVersion: snapshot.stateVersion, through, body: JSON.stringify(snapshot.state) };
}
