import type { Place } from '@perdure/protocol';
import { sessionNotFound } from '../access/authorize-session.ts';
import type { FollowSource, Located, PlacedState } from '../hub/follow-source.ts';
import type { LogPage, SessionKey, SessionRecord, SessionStore } from '../store/session-store.ts';
import { loadState } from './load-state.ts';
import type { LoadedSessions } from './loaded-sessions.ts';

/** The log as the hub of this process needs it. Reading makes no actor; one that is there is asked first. */
export class LocalFollowSource implements FollowSource {
  readonly #store: SessionStore;
  readonly #sessions: LoadedSessions;

  constructor(options: { readonly store: SessionStore; readonly sessions: LoadedSessions }) {
    this.#store = options.store;
    this.#sessions = options.sessions;
  }

  read(session: SessionKey, after: number, maxBytes: number): Promise<LogPage> {
    return this.#store.read(session, after, maxBytes);
  }

  async head(session: SessionKey): Promise<Place> {
    const loaded = this.#sessions.get(session);
    if (loaded !== undefined) return { epoch: loaded.epoch, seq: loaded.state.through };
    const { epoch, head } = await this.#record(session);
    return { epoch, seq: head };
  }

  async epochAt(session: SessionKey, seq: number): Promise<number> {
    if (seq === 0) return 0;
    const claims = await this.#store.claims(session);
    return claims.findLast((claim) => claim.first <= seq)?.epoch ?? 0;
  }

  /** A cursor is valid if the claim its seq was written under is the one it names. */
  async locate(session: SessionKey, { epoch, seq }: Place): Promise<Located> {
    const isOrigin = seq === 0 && epoch === 0;
    const { head, floor } = await this.#endsFrom(session, seq);
    if (isOrigin) return floor === 0 ? { kind: 'valid', seq } : { kind: 'lost', reason: 'retention' };
    // After the head, so that the claims of all up to it are among them, however the log grows meanwhile.
    const claims = await this.#store.claims(session);
    if (!claims.some((claim) => claim.epoch === epoch)) return { kind: 'lost', reason: 'epoch' };
    if (seq > head) return { kind: 'lost', reason: 'ahead' };
    const claim = claims.findLast((candidate) => candidate.first <= seq);
    if (claim?.epoch !== epoch) return { kind: 'lost', reason: 'epoch' };
    return seq < floor ? { kind: 'lost', reason: 'retention' } : { kind: 'valid', seq };
  }

  async snapshot(session: SessionKey, atLeast = 0): Promise<PlacedState> {
    const loaded = this.#sessions.get(session);
    if (loaded !== undefined && loaded.state.through >= atLeast) {
      const { state, through } = loaded.state.toSnapshot();
      return { epoch: loaded.epoch, seq: through, json: JSON.stringify(state) };
    }
    const loading = await loadState(this.#store, await this.#record(session));
    const { state, through } = loading.state.toSnapshot();
    return { epoch: loading.record.epoch, seq: through, json: JSON.stringify(state) };
  }

  /** Of a place ahead of the head, as the disk has them: what is durable is read before its session hears that it is. */
  async #endsFrom(session: SessionKey, seq: number): Promise<Pick<SessionRecord, 'head' | 'floor'>> {
    const loaded = this.#sessions.get(session);
    const isBehind = loaded !== undefined && seq > loaded.state.through;
    if (loaded === undefined || isBehind) return this.#record(session);
    return { head: loaded.state.through, floor: loaded.floor };
  }

  async #record(session: SessionKey): Promise<SessionRecord> {
    const record = await this.#store.get(session);
    if (record === undefined) throw sessionNotFound('');
    return record;
  }
}
