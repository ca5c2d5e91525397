import type { CreateInput, ListInput, Page, SessionListItem } from '@perdure/protocol';
import type { Principal } from '../access/principal.ts';
import { systemPrincipal } from '../access/system-principal.ts';
import type { ClientHub } from '../hub/client-hub.ts';
import type { FollowSource } from '../hub/follow-source.ts';
import type { SessionEnd } from '../session/agent-session-parts.ts';
import { defaultDriverTimes, type DriverTimes } from '../session/run-driver.ts';
import type { SessionRecord, StoreHealth } from '../store/session-store.ts';
import type { HostParts } from './host-parts.ts';
import { sessionDeleted } from './host-errors.ts';
import { LoadedSessions } from './loaded-sessions.ts';
import { LocalFollowSource } from './local-follow-source.ts';
import { RunEnds } from './run-ends.ts';
import type { SessionHandle } from './session-handle.ts';
import type { CreatedSession, SessionHost } from './session-host.ts';
import { SessionHostView } from './session-host-view.ts';
import { SessionRecovery } from './session-recovery.ts';
import { StorageGuard } from './storage-guard.ts';

/** What an open run gets to end by itself when the server stops. */
const RUN_GRACE_MS = 5_000;

export interface LocalSessionHostOptions extends Omit<HostParts, 'times'> {
  readonly times?: Partial<DriverTimes> | undefined;
  readonly runGraceMs?: number | undefined;
}

/**
 * The sessions of one process on one store.
 *
 * P1. A failing disk makes the host read-only, aborts every run, and ends when the store has proved a write; then the
 *     sessions that were cut off are read anew and go on.
 * P2. A shutdown ends every open run by an event before it resolves, or gives up at its deadline.
 */
export class LocalSessionHost implements SessionHost {
  readonly #parts: HostParts;
  readonly #runGraceMs: number;
  readonly #sessions: LoadedSessions;
  readonly #recovery: SessionRecovery;
  readonly #guard: StorageGuard;
  readonly #view: SessionHostView;
  readonly #runEnds = new RunEnds();
  readonly #stopping = new AbortController();
  #hub: ClientHub | undefined;
  #started: Promise<void> = Promise.resolve();

  /** The log, as a hub follows it. */
  readonly source: FollowSource;

  constructor(options: LocalSessionHostOptions) {
    const { times, runGraceMs = RUN_GRACE_MS, ...rest } = options;
    const parts: HostParts = { ...rest, times: { ...defaultDriverTimes, ...times } };
    this.#parts = parts;
    this.#runGraceMs = runGraceMs;
    const { store, clock, logger } = parts;
    this.#sessions = new LoadedSessions({
      parts,
      hub: () => this.#hub,
      runEnds: this.#runEnds,
      onLost: (record, end, error) => this.#onLost(record, end, error),
      onBrokenRun: (record) => void this.#recovery.recover([record]),
    });
    const { signal } = this.#stopping;
    const isReadOnly = () => this.#guard.isReadOnly;
    this.#recovery = new SessionRecovery({
      ...{ store, clock, logger, signal, isReadOnly },
      sessions: this.#sessions,
    });
    this.#guard = new StorageGuard({
      store,
      clock,
      logger,
      onFailure: () => this.#abortRuns(),
      onRelief: () => this.#recovery.recoverCutOff(),
    });
    this.source = new LocalFollowSource({ store, sessions: this.#sessions });
    this.#view = new SessionHostView(
      {
        parts,
        sessions: this.#sessions,
        runEnds: this.#runEnds,
        guard: this.#guard,
        source: this.source,
        hub: () => this.#hub,
        isDraining: () => this.#stopping.signal.aborted,
        principal: systemPrincipal,
      },
      this,
    );
  }

  /** Recovers, in the background, what a process that is gone left open. Nothing waits for it. */
  start(): void {
    this.#started = this.#recovery.recoverAll();
  }

  async health(): Promise<StoreHealth> {
    const health = await this.#parts.store.health();
    return { ...health, isWritable: health.isWritable && !this.#guard.isReadOnly };
  }

  async isHealthy(): Promise<boolean> {
    const { isReadable, isWritable, isResponsive, isDamaged = false } = await this.health();
    return isReadable && isWritable && isResponsive && !isDamaged;
  }

  setClientHub(hub: ClientHub): void {
    this.#hub = hub;
  }

  async shutdown({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
    const { clock, logger } = this.#parts;
    const endsAtMs = clock.monotonic() + deadlineMs;
    this.#stopping.abort();
    this.#sessions.drain();
    // Half of a short deadline at most: the rest is for writing down how the runs have ended.
    await this.#atMost(Math.min(this.#runGraceMs, deadlineMs / 2), () => this.#runsEnded());
    const closing = () => Promise.all([this.#sessions.close(), this.#started, this.#recovery.stopped()]);
    if (!(await this.#atMost(Math.max(0, endsAtMs - clock.monotonic()), closing))) {
      logger.error({ deadlineMs }, 'the deadline of the shutdown passed with sessions still open');
      for (const session of this.#sessions.all()) session.abandon('shutdown');
    }
    this.#guard.close();
    this.#runEnds.close();
  }

  session(id: string): SessionHandle {
    return this.#view.session(id);
  }

  as(principal: Principal): SessionHost {
    return this.#view.as(principal);
  }

  getSession(id: string): Promise<SessionHandle | undefined> {
    return this.#view.getSession(id);
  }

  createSession(args: CreateInput): Promise<CreatedSession> {
    return this.#view.createSession(args);
  }

  loadSession(id: string): Promise<SessionHandle> {
    return this.#view.loadSession(id);
  }

  unloadSession(id: string): Promise<void> {
    return this.#view.unloadSession(id);
  }

  isSessionLoaded(id: string): Promise<boolean> {
    return this.#view.isSessionLoaded(id);
  }

  getLoadedSessionIds(): Promise<readonly string[]> {
    return this.#view.getLoadedSessionIds();
  }

  getAllSessions(query: ListInput): Promise<Page<SessionListItem | null>> {
    return this.#view.getAllSessions(query);
  }

  #onLost(record: SessionRecord, end: SessionEnd, error: unknown): void {
    if (end === 'store') this.#guard.fail(error);
    if (end !== 'deleted') return;
    this.#runEnds.forget(record.key);
    this.#hub?.end(record.key, sessionDeleted(record.id));
  }

  /** P1: what cannot be written must not be said. */
  #abortRuns(): void {
    for (const session of this.#sessions.all()) if (session.hasOpenRun) session.abandon('store');
  }

  /** Resolves when no session has an open run; each end is told by its own bus. */
  async #runsEnded(): Promise<void> {
    await Promise.all(this.#sessions.all().map((session) => session.runEnded()));
  }

  /** False if the time was over before. */
  async #atMost(ms: number, work: () => Promise<unknown>): Promise<boolean> {
    let cancelTimer: () => void = () => undefined;
    const late = new Promise<false>((resolve) => {
      cancelTimer = this.#parts.clock.timer(ms, () => resolve(false));
    });
    try {
      return await Promise.race([work().then(() => true as const), late]);
    } finally {
      cancelTimer();
    }
  }
}
