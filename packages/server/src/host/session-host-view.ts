import type { Access, CreateInput, ListInput, Page, SessionListItem } from '@perdure/protocol';
import { contract } from '@perdure/protocol/schemas';
import { authorizeAccess, authorizeSession } from '../access/authorize-session.ts';
import type { Principal } from '../access/principal.ts';
import type { ClientHub } from '../hub/client-hub.ts';
import type { SessionRecord } from '../store/session-store.ts';
import { createSession } from './create-session.ts';
import { shuttingDown } from './host-errors.ts';
import { listItemOf } from './list-item.ts';
import { listSessions } from './list-sessions.ts';
import type { HandleParts } from './handle-parts.ts';
import { LocalSessionHandle } from './local-session-handle.ts';
import { parseInput } from './parse-input.ts';
import type { SessionHandle } from './session-handle.ts';
import type { CreatedSession, SessionHost } from './session-host.ts';

/** What belongs to the whole host and not to one who uses it. */
export interface HostLife {
  shutdown(options: { readonly deadlineMs: number }): Promise<void>;
  setClientHub(hub: ClientHub): void;
  isHealthy(): Promise<boolean>;
}

/** A host as one principal sees it. */
export class SessionHostView implements SessionHost {
  readonly #host: HandleParts;
  readonly #life: HostLife;

  constructor(host: HandleParts, life: HostLife) {
    this.#host = host;
    this.#life = life;
  }

  session(id: string): SessionHandle {
    return new LocalSessionHandle(id, this.#host);
  }

  as(principal: Principal): SessionHost {
    return new SessionHostView({ ...this.#host, principal }, this.#life);
  }

  async getSession(id: string): Promise<SessionHandle | undefined> {
    return (await this.isSessionLoaded(id)) ? this.session(id) : undefined;
  }

  async createSession(args: CreateInput): Promise<CreatedSession> {
    const input = parseInput(contract.sessions.create.input, args);
    const { record, created } = await createSession(this.#host, input);
    return { session: this.session(record.id), item: listItemOf(record), created };
  }

  async loadSession(id: string): Promise<SessionHandle> {
    const record = await this.#find(id, 'session:read');
    if (this.#host.isDraining()) throw shuttingDown();
    this.#host.guard.refuseWhileReadOnly();
    await this.#host.sessions.load(record);
    return this.session(id);
  }

  async unloadSession(id: string): Promise<void> {
    const { key } = await this.#find(id, 'session:control');
    await this.#host.sessions.leave(key, 'unloaded');
  }

  async isSessionLoaded(id: string): Promise<boolean> {
    const record = await this.#find(id, 'session:read').catch(() => undefined);
    return record !== undefined && this.#host.sessions.get(record.key) !== undefined;
  }

  async getLoadedSessionIds(): Promise<readonly string[]> {
    const { parts, principal, sessions } = this.#host;
    const verdicts = sessions.records().map(async (record) => ({
      id: record.id,
      verdict: await parts.authorizer.authorize(principal, 'session:read', record),
    }));
    return (await Promise.all(verdicts)).filter(({ verdict }) => verdict === 'allow').map(({ id }) => id);
  }

  async getAllSessions(query: ListInput): Promise<Page<SessionListItem | null>> {
    const { parts, principal } = this.#host;
    const input = parseInput(contract.sessions.list.input, query);
    await authorizeAccess(parts.authorizer, principal, ['session:list']);
    return listSessions(parts.store, parts.authorizer.visible(principal), input);
  }

  shutdown(options: { readonly deadlineMs: number }): Promise<void> {
    return this.#life.shutdown(options);
  }

  setClientHub(hub: ClientHub): void {
    this.#life.setClientHub(hub);
  }

  isHealthy(): Promise<boolean> {
    return this.#life.isHealthy();
  }

  #find(id: string, access: Access): Promise<SessionRecord> {
    return authorizeSession(this.#host.parts, this.#host.principal, [access], id);
  }
}
