import type { Person } from './clients/client-under-test.ts';

/** A message that was sent over REST. */
export interface Sent {
  readonly person: Person;
  readonly commandId: string;
  readonly text: string;
  readonly delivery: 'queue' | 'interrupt';
  /** Without a run it is only written down. */
  readonly runs: boolean;
  /** The server died before it answered. */
  mayBeThere: boolean;
  /** What the server answered. */
  answer?: { readonly seq: number; readonly runId: string | undefined };
}

/** A command that the server took, and what has to stand in the log where it said. */
export type Done =
  | { readonly does: 'interrupt'; readonly seq: number; readonly runId: string; readonly next: boolean }
  | { readonly does: 'hold' | 'release'; readonly seq: number }
  | { readonly does: 'edit'; readonly seq: number; readonly messageId: string; readonly text: string }
  | { readonly does: 'remove' | 'promote'; readonly seq: number; readonly messageId: string };

/** A session from its creation to its deletion; the next of its id is another. */
export class LifeModel {
  readonly number: number;
  readonly sent: Sent[] = [];
  readonly done: Done[] = [];
  unloads = 0;
  kills = 0;
  restarts = 0;
  isDeleted = false;

  constructor(number: number) {
    this.number = number;
  }
}

/** An id, and the sessions that had it one after the other. */
export class SessionModel {
  readonly id: string;
  readonly lives: LifeModel[] = [];

  constructor(id: string) {
    this.id = id;
  }

  get life(): LifeModel | undefined {
    const last = this.lives.at(-1);
    return last?.isDeleted === false ? last : undefined;
  }
}

/** All that the commands of one run have done, as far as it decides what may be true. */
export class WorldModel {
  readonly sessions: readonly SessionModel[];
  clients = 0;
  #messages = 0;

  constructor(ids: readonly string[]) {
    this.sessions = ids.map((id) => new SessionModel(id));
  }

  get living(): readonly SessionModel[] {
    return this.sessions.filter(({ life }) => life !== undefined);
  }

  /** Of the sessions that are there, the one a number picks. */
  pick(number: number): SessionModel | undefined {
    return this.living[number % Math.max(1, this.living.length)];
  }

  /** The number of the session that has an id, or had it last. */
  lifeOf(id: string): number {
    return this.sessions.find((session) => session.id === id)?.lives.length ?? 0;
  }

  /** A tag that no other message has. */
  tag(session: SessionModel): string {
    this.#messages += 1;
    return `${session.id}.${session.lives.length}.${this.#messages}`;
  }
}
