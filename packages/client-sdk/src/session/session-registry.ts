import type { ClientSession } from '../perdure-client.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { FollowedSession } from './followed-session.ts';

/** What the client holds of one session. */
export interface SessionEntry {
  readonly handle: ClientSession;
  readonly followed: FollowedSession;
  readonly outbox: Outbox;
}

/** Sessions that nobody looks at and that owe nothing, kept for a quick return. */
const MOST_IDLE = 100;

/** The sessions of a client. Those in use are kept; of the others, the ones used last. */
export class SessionRegistry {
  readonly #make: (id: string) => SessionEntry;
  /** In order of their last use. */
  readonly #entries = new Map<string, SessionEntry>();

  constructor(make: (id: string) => SessionEntry) {
    this.#make = make;
  }

  get(id: string): SessionEntry {
    const known = this.#entries.get(id);
    const entry = known ?? this.#make(id);
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (known === undefined) this.#trim(entry);
    return entry;
  }

  all(): SessionEntry[] {
    return [...this.#entries.values()];
  }

  close(): void {
    this.all().forEach(closeEntry);
    this.#entries.clear();
  }

  #trim(newest: SessionEntry): void {
    const idle = [...this.#entries].filter(([, entry]) => entry !== newest && isIdle(entry));
    for (const [id, entry] of idle.slice(0, -MOST_IDLE)) {
      closeEntry(entry);
      this.#entries.delete(id);
    }
  }
}

const isIdle = ({ followed, outbox }: SessionEntry) => !followed.isFollowed && outbox.isIdle;

function closeEntry({ followed, outbox }: SessionEntry): void {
  followed.close();
  outbox.close();
}
