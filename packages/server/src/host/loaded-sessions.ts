import type { ClientHub } from '../hub/client-hub.ts';
import { AgentSession } from '../session/agent-session.ts';
import type { SessionEnd } from '../session/agent-session-parts.ts';
import { ClientBroadcastListener } from '../session/client-broadcast-listener.ts';
import type { Effect } from '../session/effect.ts';
import { PersistenceListener } from '../session/persistence-listener.ts';
import { SessionEventBus } from '../session/session-event-bus.ts';
import type { SessionState } from '../session/session-state.ts';
import type { SessionKey, SessionRecord } from '../store/session-store.ts';
import type { HostParts } from './host-parts.ts';
import { loadState } from './load-state.ts';
import { readOnly } from './storage-guard.ts';
import { storeReads } from './store-reads.ts';

export interface LoadedSessionsOptions {
  readonly parts: HostParts;
  readonly hub: () => ClientHub | undefined;
  /** A session ended by itself. */
  readonly onLost: (record: SessionRecord, end: SessionEnd, error: unknown) => void;
}

/**
 * The sessions that are in this process.
 *
 * M1. At most one actor per session: loads of one session share one promise, and wait for one that is leaving.
 * M2. An actor that ended is out of the map before anyone can ask for the session again.
 */
export class LoadedSessions {
  readonly #options: LoadedSessionsOptions;
  readonly #sessions = new Map<
    SessionKey,
    { readonly session: AgentSession; readonly record: SessionRecord }
  >();
  readonly #loading = new Map<SessionKey, Promise<AgentSession>>();
  readonly #leaving = new Map<SessionKey, Promise<void>>();

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

  /** The session, brought into memory and recovered if it is not there. */
  async load(record: SessionRecord, reason: 'crash' | 'store' = 'crash'): Promise<AgentSession> {
    const { key } = record;
    const loaded = this.#sessions.get(key);
    if (loaded !== undefined && !this.#leaving.has(key)) return loaded.session;
    const loading =
      this.#loading.get(key) ?? this.#load(record, reason).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(record: SessionRecord, reason: 'crash' | 'store'): Promise<AgentSession> {
    await this.#leaving.get(record.key);
    const { store } = this.#options.parts;
    const fresh = (await store.get(record.key)) ?? record;
    const session = this.#build(fresh, await loadState(store, fresh), false);
    await session.recover(reason);
    if (session.end === 'store') throw readOnly();
    return session;
  }

  /** Takes in a session that was just created, and sets going what its creation asked for. */
  adopt(record: SessionRecord, state: SessionState, effects: readonly Effect[]): AgentSession {
    const session = this.#build(record, state, true);
    session.begin(effects);
    return session;
  }

  /** Takes a session out of memory; nothing happens if it is not there. */
  async leave(key: SessionKey, end: 'unloaded' | 'shutdown'): Promise<void> {
    const leaving = this.#leaving.get(key);
    if (leaving !== undefined) return leaving;
    const session = this.get(key);
    if (session === undefined) return;
    const done = session.close(end).finally(() => {
      if (this.get(key) === session) this.#sessions.delete(key);
      this.#leaving.delete(key);
    });
    this.#leaving.set(key, done);
    await done;
  }

  #build(record: SessionRecord, state: SessionState, isOwner: boolean): AgentSession {
    const { parts, hub, onLost } = this.#options;
    const { key, id } = record;
    const logger = parts.logger.child({ sessionId: id });
    const bus = new SessionEventBus({ logger });
    const broadcast = new ClientBroadcastListener({ session: key, hub });
    const { store, clock } = parts;
    const log = new PersistenceListener({ store, record, isOwner, clock, state, bus, broadcast });
    const session = new AgentSession({
      ...parts,
      record,
      state,
      bus,
      log,
      reads: storeReads(store, key),
      logger,
      onLost: (end, error) => {
        if (this.get(key) === session) this.#sessions.delete(key); // M2
        onLost(record, end, error);
      },
    });
    this.#sessions.set(key, { session, record });
    return session;
  }
}
