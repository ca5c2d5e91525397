import {
  type ClientStorage,
  createPerdureClient,
  type OutboxEntry,
  type PerdureClient,
} from '@perdure/client';
import { EventsFollower } from './events-follower.ts';
import type { Follower, Wish } from './follower-record.ts';
import { hurriedClock } from './hurried-clock.ts';
import { NetworkPath } from './network-path.ts';
import { PlainReader } from './plain-reader.ts';
import { ViewFollower } from './view-follower.ts';

export type Person = 'ann' | 'bob';
export type FollowerKind = 'view' | 'events' | 'plain';

/** A message that was given to the outbox. */
export interface Given {
  readonly sessionId: string;
  readonly commandId: string;
  readonly text: string;
  /** How the call ended; `closed` when the page went first. */
  outcome?: { readonly seq: number; readonly runId: string | undefined } | { readonly code: string };
}

/** A follower, and what it follows: a session, and the life of it that was there when it began. */
export interface Followed {
  readonly sessionId: string;
  readonly since: number;
  readonly kind: FollowerKind;
  readonly follower: Follower;
}

/** A message as the SDK keeps it over a reload. */
export interface StoredMessage {
  readonly commandId: string;
  /** Why it failed for good. */
  readonly error?: { readonly code: string };
}

export interface ClientPlan {
  readonly name: string;
  readonly person: Person;
  /** By event streams alone. */
  readonly isStreaming: boolean;
}

/** One page of one person: a client of the SDK on a network of its own, with a storage that outlives it. */
export class ClientUnderTest {
  readonly plan: ClientPlan;
  readonly path: NetworkPath;
  readonly given: Given[] = [];
  readonly followed: Followed[] = [];
  readonly #kept = new Map<string, string>();
  readonly #tell: () => void;
  readonly #returns = new Set<() => void>();
  /** The life of each session that the client has a state of, or the one before. */
  readonly #viewed = new Map<string, number>();
  #client: PerdureClient;
  #count = 0;

  private constructor(plan: ClientPlan, path: NetworkPath, tell: () => void) {
    this.plan = plan;
    this.path = path;
    this.#tell = tell;
    this.#client = this.#open();
  }

  static async open(plan: ClientPlan, port: () => number, tell: () => void): Promise<ClientUnderTest> {
    return new ClientUnderTest(plan, await NetworkPath.to(port), tell);
  }

  /** Those that were not let go, nor ended. */
  get open(): readonly Followed[] {
    return this.followed.filter(({ follower }) => follower.end === undefined);
  }

  async follow({ sessionId, since, kind, wish }: Omit<Followed, 'follower'> & { wish: Wish }): Promise<void> {
    // What ended holds on to nothing, so that the next one follows anew.
    for (const { follower } of this.followed) if (follower.end !== undefined) await follower.leave();
    await Promise.resolve();
    this.#count += 1;
    const { name, person } = this.plan;
    const common = { name: `${name}.${kind}${this.#count}`, wish, tell: this.#tell };
    const session = this.#client.session(sessionId);
    const plain = { ...common, sessionId, token: person, url: () => this.path.url };
    const follower =
      kind === 'view'
        ? new ViewFollower({ ...common, session })
        : kind === 'events'
          ? new EventsFollower({ ...common, session })
          : new PlainReader(plain);
    // A state that was kept from an earlier look may be of a life that is over.
    const viewed = kind === 'view' ? Math.min(since, this.#viewed.get(sessionId) ?? since) : since;
    if (kind === 'view') this.#viewed.set(sessionId, viewed);
    this.followed.push({ sessionId, since: viewed, kind, follower });
  }

  /** Gives a message to the outbox and does not wait for what becomes of it. */
  give(message: Pick<Given, 'sessionId' | 'commandId' | 'text'>): void {
    const given: Given = { ...message };
    this.given.push(given);
    const { sessionId, commandId, text } = message;
    this.#client
      .session(sessionId)
      .submit(text, { commandId })
      .then(
        ({ seq, runId }) => {
          given.outcome = { seq, runId };
        },
        (error: { code?: string }) => {
          given.outcome = { code: error.code ?? String(error) };
        },
      )
      .finally(this.#tell);
  }

  /** What the outbox shows of a session. */
  outbox(sessionId: string): readonly OutboxEntry[] {
    return this.#client.session(sessionId).getSnapshot().outbox;
  }

  /** What would outlive the page: commands that are not known to be on the server, and those that failed. */
  stored(): readonly StoredMessage[] {
    // Beside the messages of each session there is a list of the sessions' ids.
    return [...this.#kept.values()]
      .flatMap((text): unknown[] => JSON.parse(text))
      .filter((item): item is StoredMessage => typeof item === 'object');
  }

  /** The page is loaded again: what it had in memory is gone, and it looks at the same sessions. */
  async reload(sinceOf: (sessionId: string) => number): Promise<void> {
    const seen = this.open.filter(({ kind }) => kind === 'view');
    for (const { follower } of this.followed) {
      if (follower instanceof ViewFollower) follower.lost();
      else if (follower instanceof EventsFollower) await follower.leave();
    }
    this.#client.close();
    this.#viewed.clear();
    this.#client = this.#open();
    for (const { sessionId, kind } of seen)
      await this.follow({ sessionId, since: sinceOf(sessionId), kind, wish: { from: 'snapshot' } });
  }

  /** The network is back, and the platform says so. */
  comeBack(): void {
    this.path.mend();
    for (const resume of this.#returns) resume();
  }

  async close(): Promise<void> {
    this.path.cut();
    for (const { follower } of this.followed) await follower.leave();
    this.#client.close();
    this.path[Symbol.dispose]();
  }

  #open(): PerdureClient {
    const storage: ClientStorage = {
      getItem: (key) => this.#kept.get(key) ?? null,
      setItem: (key, value) => {
        this.#kept.set(key, value);
        this.#tell();
      },
      removeItem: (key) => {
        this.#kept.delete(key);
        this.#tell();
      },
    };
    this.#returns.clear();
    return createPerdureClient({
      url: this.path.url,
      token: this.plan.person,
      storage,
      clock: hurriedClock,
      online: (resume) => {
        this.#returns.add(resume);
        return () => this.#returns.delete(resume);
      },
      ...(this.plan.isStreaming ? { WebSocket: null } : {}),
    });
  }
}
