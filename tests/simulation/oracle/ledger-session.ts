import {
  type AnyEvent,
  type Audience,
  emptySessionState,
  reduceSession,
  type SessionState,
} from '@perdure/protocol';

/** An event as it became durable. */
export interface LedgerEvent {
  readonly epoch: number;
  readonly audience: Audience;
  readonly type: string;
  /** Its text, byte for byte. */
  readonly text: string;
  readonly event: AnyEvent;
  /** Last seq of the row that holds it. */
  readonly rowThrough: number;
}

export interface LedgerClaim {
  readonly first: number;
  readonly epoch: number;
  /** The store that made it. */
  readonly writer: string;
}

export interface LedgerCommand {
  readonly name: string;
  readonly hash: string;
  /** As JSON text. */
  readonly result: string;
  /** The last seq of its append. */
  readonly through: number;
}

/** One session from its creation on, as the disk was told of it: the truth that everything else is held against. */
export class LedgerSession {
  readonly key: number;
  readonly tenantId: string;
  readonly id: string;
  readonly ownerId: string;
  readonly events: LedgerEvent[] = [];
  readonly claims: LedgerClaim[] = [];
  readonly commands = new Map<string, LedgerCommand>();
  /** The fold at each seq; at 0 the empty state. */
  readonly states: SessionState[];
  /** Deltas that compaction was allowed to take out. */
  readonly compacted = new Set<number>();
  /** Each place up to which the log was not kept any more, and the head at which it was so. */
  readonly floors: { readonly floor: number; readonly head: number }[] = [];
  isDeleted = false;
  /** By writer: the number of its last write. */
  readonly writers = new Map<string, number>();

  constructor(options: { key: number; tenantId: string; id: string; ownerId: string }) {
    this.key = options.key;
    this.tenantId = options.tenantId;
    this.id = options.id;
    this.ownerId = options.ownerId;
    this.states = [emptySessionState(options.id)];
  }

  get head(): number {
    return this.events.length;
  }

  /** Up to here the log is not kept. */
  get floor(): number {
    return this.floors.at(-1)?.floor ?? 0;
  }

  get state(): SessionState {
    return this.stateAt(this.head);
  }

  stateAt(seq: number): SessionState {
    return this.states[seq] as SessionState;
  }

  eventAt(seq: number): LedgerEvent | undefined {
    return this.events[seq - 1];
  }

  /** The claim that a seq was written under. */
  epochAt(seq: number): number {
    return this.events[seq - 1]?.epoch ?? 0;
  }

  /** Whether a cursor names a place in this log. */
  holds({ epoch, seq }: { readonly epoch: number; readonly seq: number }): boolean {
    return seq === 0 ? epoch === 0 : this.epochAt(seq) === epoch;
  }

  /** Whether another than `writer` has written since the write with that number. */
  hasOtherWriter(writer: string, since: number): boolean {
    for (const [name, number] of this.writers) if (name !== writer && number > since) return true;
    return false;
  }

  /** Who wrote last. */
  get lastWriter(): string | undefined {
    return [...this.writers].sort(([, a], [, b]) => b - a)[0]?.[0];
  }

  add(event: LedgerEvent): void {
    this.events.push(event);
    const before = this.stateAt(this.states.length - 1);
    this.states.push(event.audience === 'client' ? reduceSession(before, event.event) : before);
  }

  /** As it was when its log ended at `head`. */
  cutTo(head: number): LedgerSession {
    const cut = new LedgerSession(this);
    for (const [writer, number] of this.writers) cut.writers.set(writer, number);
    cut.events.push(...this.events.slice(0, head));
    cut.states.push(...this.states.slice(1, head + 1));
    cut.claims.push(...this.claims.filter(({ first }) => first <= head));
    for (const [name, command] of this.commands) if (command.through <= head) cut.commands.set(name, command);
    cut.floors.push(...this.floors.filter((at) => at.head <= head));
    for (const seq of this.compacted) if (seq <= head) cut.compacted.add(seq);
    return cut;
  }
}
