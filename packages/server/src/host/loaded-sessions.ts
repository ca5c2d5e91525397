import type { ClientHub } from '../hub/client-hub.ts';
import { AgentSession } from '../session/agent-session.ts';
import type { SessionEnd } from '../session/agent-session-parts.ts';
import { ClientBroadcastListener } from '../session/client-broadcast-listener.ts';
import type { Effect } from '../session/effect.ts';
import { PersistenceListener } from '../session/persistence-listener.ts';
import { SessionEventBus } from '../session/session-event-bus.ts';
import type { SessionState } from '../session/session-state.ts';
import type { SessionKey, SessionRecord } from '../store/session-store.ts';
import { sessionDeleted, shuttingDown } from './host-errors.ts';
import type { HostParts } from './host-parts.ts';
import { loadState } from './load-state.ts';
import type { RunEnds } from './run-ends.ts';
import { readOnly } from './storage-guard.ts';
import { storeReads } from './store-reads.ts';

export interface LoadedSessionsOptions {
  readonly parts: HostParts;
  readonly hub: () => ClientHub | undefined;
  readonly runEnds: RunEnds;
  /** A session ended by itself. */
  readonly onLost: (record: SessionRecord, end: SessionEnd, error: unknown) => void;
  /** A session broke with a run open, which ends by reading it anew. */
  readonly onBrokenRun: (record: SessionRecord) => void;
}

/**
 * The sessions that are in this process.
 *
 * M1. At most one actor per session, and one environment: loads of one session share one promise, and wait for an actor
 *     that is leaving and for the environment of one that was abandoned.
 * M2. An actor that ended is out of the map before anyone can ask for the session again.
 * M3. Once it drains, no run starts; once it closes, nothing is loaded, and it ends with no actor left.
 */
export class LoadedSessions {
  readonly #options: LoadedSessionsOptions;
  readonly #sessions = new Map<
    SessionKey,
    { readonly session: AgentSession; readonly record: SessionRecord }
  >();
  readonly #loading = new Map<SessionKey, Promise<AgentSession>>();
  readonly #leaving = new Map<SessionKey, Promise<void>>();
  /** Deleted while they were being loaded. */
  readonly #deleted = new Set<SessionKey>();
  /** Taken from memory by a failing store, and not read anew yet. */
  readonly #cutOff = new Map<SessionKey, SessionRecord>();
  /** Whose creation may have been written, though nobody was told. */
  #unheard: { readonly tenantId: string; readonly id: string }[] = [];
  #isDraining = false;
  #isClosed = false;

  constructor(options: LoadedSessionsOptions) {
    this.#options = options;
  }

  get(key: SessionKey): AgentSession | undefined {
    return this.#sessions.get(key)?.session;
  }

  all(): readonly AgentSession[] {
    return [...this.#sessions.values()].map(({ session }) => session);
  }

  records(): readonly SessionRecord[] {
    return [...this.#sessions.values()].map(({ record }) => record);
  }

  /** Those that a failing store took from memory. */
  cutOff(): readonly SessionRecord[] {
    return [...this.#cutOff.values()];
  }

  /** The session, brought into memory and recovered if it is not there. */
  async load(record: SessionRecord): Promise<AgentSession> {
    const { key } = record;
    const loaded = this.#sessions.get(key);
    if (loaded !== undefined && !this.#leaving.has(key)) return loaded.session;
    const loading = this.#loading.get(key) ?? this.#load(record).finally(() => this.#loaded(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(record: SessionRecord): Promise<AgentSession> {
    const { key, id } = record;
    await this.#leaving.get(key);
    const { store } = this.#options.parts;
    const fresh = await store.get(key);
    if (fresh === undefined) {
      // That its deletion was written is known only now.
      if (this.#cutOff.delete(key)) this.#options.onLost(record, 'deleted', undefined);
      throw sessionDeleted(id);
    }
    const { record: read, state, folded } = await loadState(store, fresh);
    if (this.#deleted.has(key)) throw sessionDeleted(id);
    if (this.#isClosed) throw shuttingDown(); // M3
    const session = this.#build(read, state, { isOwner: false, folded });
    await session.recover(this.#cutOff.has(key) ? 'store' : 'crash');
    if (session.end === 'store') throw readOnly();
    if (this.#cutOff.delete(key)) this.#tellHead(key, session);
    return session;
  }

  /** What was written as the store failed was told to nobody: those who follow read it now. */
  #tellHead(key: SessionKey, { epoch, state }: AgentSession): void {
    this.#options.hub()?.broadcast(key, { epoch, head: state.through, rows: [] });
  }

  #loaded(key: SessionKey): void {
    this.#loading.delete(key);
    this.#deleted.delete(key);
  }

  /** Takes in a session that was just created, and sets going what its creation asked for. */
  adopt(record: SessionRecord, state: SessionState, effects: readonly Effect[]): void {
    const { key } = record;
    // Who read it before its creation was told here has recovered it, and goes on with what waits.
    if (this.#isClosed || this.#sessions.has(key) || this.#loading.has(key)) return;
    const session = this.#build(record, state, { isOwner: true, folded: 0 });
    if (!this.#isDraining) session.begin(effects);
  }

  /** Takes a session out of memory; nothing happens if it is not there. */
  async leave(key: SessionKey, end: 'unloaded' | 'shutdown'): Promise<void> {
    const session = this.get(key);
    if (session !== undefined && !this.#leaving.has(key)) {
      const { logger } = this.#options.parts;
      const closed = session
        .close(end)
        .catch((error: unknown) => {
          logger.error({ err: error, sessionKey: key }, 'a session could not be closed as it should');
        })
        .finally(() => {
          if (this.get(key) === session) this.#sessions.delete(key); // M2
        });
      this.#leave(key, closed);
    }
    await this.#leaving.get(key);
  }

  /** What is in memory of a session that was deleted, or on the way there, ends. */
  forget(key: SessionKey): void {
    this.#cutOff.delete(key);
    if (this.#loading.has(key)) this.#deleted.add(key);
    this.get(key)?.abandon('deleted');
  }

  /** Whether it is deleted is not known before the store can be written again: then it is read anew. */
  doubt(record: SessionRecord): void {
    this.get(record.key)?.abandon('store');
    this.#cutOff.set(record.key, record);
  }

  /** Whether it was created is not known before the store can be written again. */
  doubtCreation(tenantId: string, id: string): void {
    this.#unheard.push({ tenantId, id });
  }

  /** Those that were created unheard are to be read anew like those that were cut off. */
  async findUnheard(): Promise<void> {
    for (const unheard of this.#unheard) {
      const record = await this.#options.parts.store.find(unheard.tenantId, unheard.id);
      if (record !== undefined) this.#cutOff.set(record.key, record);
      // Not before, for the store may not answer; and this one alone, for another relief may be looking too.
      this.#unheard = this.#unheard.filter((other) => other !== unheard);
    }
  }

  /** No run starts any more; those that are open may end. */
  drain(): void {
    this.#isDraining = true;
    for (const session of this.all()) session.drain();
  }

  /** Takes every session out of memory, and takes in no other. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#sessions.size + this.#loading.size + this.#leaving.size > 0) {
      const leaving = [...this.#sessions.keys()].map((key) => this.leave(key, 'shutdown'));
      await Promise.allSettled([...leaving, ...this.#loading.values(), ...this.#leaving.values()]);
    }
  }

  #leave(key: SessionKey, gone: Promise<void>): void {
    const leaving = gone.finally(() => this.#leaving.delete(key));
    this.#leaving.set(key, leaving);
  }

  #build(
    record: SessionRecord,
    state: SessionState,
    how: { readonly isOwner: boolean; readonly folded: number },
  ): AgentSession {
    const { parts, hub, runEnds } = this.#options;
    const { key, id } = record;
    const logger = parts.logger.child({ sessionId: id });
    const bus = new SessionEventBus({ logger });
    runEnds.listen(key, bus);
    const broadcast = new ClientBroadcastListener({ session: key, hub, logger });
    const { store, clock, retention } = parts;
    const log = new PersistenceListener({ store, record, ...how, retention, clock, state, bus, broadcast });
    const session = new AgentSession({
      ...parts,
      record,
      state,
      bus,
      log,
      reads: storeReads(store, key),
      logger,
      onLost: (end, error, stopped) => this.#lost(session, record, end, error, stopped),
    });
    if (this.#isDraining) session.drain();
    this.#sessions.set(key, { session, record });
    return session;
  }

  #lost(
    session: AgentSession,
    record: SessionRecord,
    end: SessionEnd,
    error: unknown,
    stopped: Promise<void>,
  ): void {
    const { key } = record;
    if (this.get(key) === session) this.#sessions.delete(key); // M2
    if (end === 'store') this.#cutOff.set(key, record);
    if (!this.#leaving.has(key)) this.#leave(key, stopped); // M1; one that is closing waits for the same
    this.#options.onLost(record, end, error);
    // Its run ends by being read anew, unless that is what broke. It counts as a crash: one that breaks again and again is held.
    if (end === 'broken' && session.hasOpenRun && !this.#loading.has(key)) this.#options.onBrokenRun(record);
  }
}
