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
export interface SessionRegistry {
  get(id: string): SessionEntry;
  all(): SessionEntry[];
  close(): void;
}

export function createSessionRegistry(make: (id: string) => SessionEntry): SessionRegistry {
  /** In order of their last use. */
  const entries = new Map<string, SessionEntry>();
  const all = () => [...entries.values()];

  function trim(newest: SessionEntry): void {
    const idle = [...entries].filter(([, entry]) => entry !== newest && isIdle(entry));
    for (const [id, entry] of idle.slice(0, -MOST_IDLE)) {
      closeEntry(entry);
      entries.delete(id);
    }
  }

  return {
    get(id) {
      const known = entries.get(id);
      const entry = known ?? make(id);
      entries.delete(id);
      entries.set(id, entry);
      if (known === undefined) trim(entry);
      return entry;
    },
    all,
    close() {
      all().forEach(closeEntry);
      entries.clear();
    },
  };
}

const isIdle = ({ followed, outbox }: SessionEntry) => !followed.isFollowed && outbox.isIdle;

function closeEntry({ followed, outbox }: SessionEntry): void {
  followed.close();
  outbox.close();
}
