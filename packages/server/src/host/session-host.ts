import type { CreateInput, ListInput, Page, SessionListItem } from '@perdure/protocol';
import type { Principal } from '../access/principal.ts';
import type { ClientHub } from '../hub/client-hub.ts';
import type { SessionHandle } from './session-handle.ts';

export interface CreatedSession {
  readonly session: SessionHandle;
  readonly item: SessionListItem;
  /** False: the id was yours already. */
  readonly created: boolean;
}

/**
 * Where sessions live and how they are found. It hands out handles, never a session.
 * As it stands it acts as the system principal of the default tenant; `as` narrows it to someone.
 */
export interface SessionHost {
  /** The handle of a session that is loaded; `undefined` if it is not. */
  getSession(id: string): Promise<SessionHandle | undefined>;
  createSession(args: CreateInput): Promise<CreatedSession>;
  /** Loads a session, running its recovery. Rejects with `session-not-found`. */
  loadSession(id: string): Promise<SessionHandle>;
  /** Takes a session out of memory; an open run ends as cancelled. Nothing happens if it is not loaded. */
  unloadSession(id: string): Promise<void>;
  isSessionLoaded(id: string): Promise<boolean>;
  getLoadedSessionIds(): Promise<readonly string[]>;
  getAllSessions(query: ListInput): Promise<Page<SessionListItem | null>>;
  shutdown(options: { readonly deadlineMs: number }): Promise<void>;
  /** Sessions that are loaded already deliver through the new hub from the next event on. */
  setClientHub(hub: ClientHub): void;
  isHealthy(): Promise<boolean>;

  /** An address of a session: checks and opens nothing. */
  session(id: string): SessionHandle;
  /** This host as seen by someone: every method authorises, every event carries them as its actor. */
  as(principal: Principal): SessionHost;
}
