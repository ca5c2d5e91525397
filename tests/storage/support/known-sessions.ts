import type { Report } from './reports.ts';

/** What is known of one session at some moment. */
export interface KnownSession {
  readonly name: string;
  /** Number of the last append that was sent; later ones cannot be there. */
  sent: number;
  /** Number of the last append that was answered as committed, -1 before the creation was. */
  committed: number;
  /** The last of them that claimed: on the disk whatever the durability. */
  claimed: number;
  /** Numbers of the appends that claim. */
  readonly claims: number[];
  /** Epochs of committed appends, by number. */
  readonly epochs: Map<number, number>;
  /** Compaction was asked for up to here, and answered up to there. */
  compacts: number;
  compacted: number;
  removes: boolean;
  removed: boolean;
}

export interface KnownCopy {
  /** What was known when the copy was asked for. */
  readonly atLeast: KnownSessions;
  isCopied: boolean;
}

/** All that a program has said so far. */
export class KnownSessions {
  readonly sessions = new Map<string, KnownSession>();
  readonly copies = new Map<string, KnownCopy>();

  take(report: Report): void {
    switch (report.say) {
      case 'sends': {
        const session = this.#session(report.name);
        session.sent = report.number;
        if (report.claims) session.claims.push(report.number);
        return;
      }
      case 'committed': {
        const session = this.#session(report.name);
        session.committed = report.number;
        session.epochs.set(report.number, report.epoch);
        if (session.claims.at(-1) === report.number) session.claimed = report.number;
        return;
      }
      case 'compacts':
      case 'compacted':
        this.#session(report.name)[report.say] = report.before;
        return;
      case 'removes':
      case 'removed':
        this.#session(report.name)[report.say] = true;
        return;
      case 'copies':
        this.copies.set(report.target, { atLeast: this.copy(), isCopied: false });
        return;
      case 'copied': {
        const copy = this.copies.get(report.target);
        if (copy !== undefined) copy.isCopied = true;
      }
    }
  }

  copy(): KnownSessions {
    const copy = new KnownSessions();
    for (const [name, session] of this.sessions) copy.sessions.set(name, structuredClone(session));
    return copy;
  }

  #session(name: string): KnownSession {
    const known = this.sessions.get(name) ?? {
      ...{ name, sent: -1, committed: -1, claimed: -1, claims: [], epochs: new Map<number, number>() },
      ...{ compacts: 0, compacted: 0, removes: false, removed: false },
    };
    this.sessions.set(name, known);
    return known;
  }
}
