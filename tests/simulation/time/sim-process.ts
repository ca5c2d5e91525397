/** A task that has a time: a timer, or something on its way to a process. */
export interface Task {
  readonly process: SimProcess;
  readonly label: string;
  readonly run: () => void;
  readonly isTimer: boolean;
  atMs: number;
  /** Orders tasks of one moment. */
  tie: number;
  isOver: boolean;
}

/** One incarnation of a process: what it was told before it was killed reaches no later one. */
export class SimProcess {
  readonly name: string;
  isAlive = true;
  frozenUntilMs = 0;
  /** How often it was frozen so far. */
  freezes = 0;
  /** What fell due while it was frozen, in order. */
  readonly held: Task[] = [];
  /** What its wall clock is off by; it may jump. */
  wallOffsetMs = 0;
  /** Timers that the code under test has set and that are still to fire. */
  readonly timers = new Set<Task>();

  constructor(name: string) {
    this.name = name;
  }
}
