// V1. One task at a time, ordered by time and then by chance; between two, every promise that can settle has settled.
// V2. A killed process runs nothing any more; a frozen one runs it when it thaws.
// V3. Monotonic time never goes back, and no timer fires early.
import type { SeededRandom } from '../../support/seeded-random.ts';
import { SimProcess, type Task } from './sim-process.ts';

/** Time that moves from task to task. */
export class VirtualTime {
  /** What belongs to no process: the disk, the network, whoever plays the people. */
  readonly world = new SimProcess('world');
  readonly #random: SeededRandom;
  readonly #jitterMs: number;
  readonly #onTask: (task: Task) => void;
  readonly #heap: Task[] = [];
  #nowMs = 0;
  #steps = 0;

  constructor(options: {
    readonly random: SeededRandom;
    /** How much later than asked a timer may fire. */
    readonly jitterMs: number;
    readonly onTask: (task: Task) => void;
  }) {
    this.#random = options.random;
    this.#jitterMs = options.jitterMs;
    this.#onTask = options.onTask;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Runs `run` in the process after `delayMs`; the returned function calls it off. */
  at(delayMs: number, process: SimProcess, label: string, run: () => void): () => void {
    const task = this.#push(delayMs, process, label, run, false);
    return () => {
      task.isOver = true;
    };
  }

  /** A timer of the code under test: counted, so that one that is left behind is noticed. */
  timer(delayMs: number, process: SimProcess, run: () => void): () => void {
    const lateMs = this.#jitterMs === 0 ? 0 : this.#random.next() * this.#jitterMs;
    const task = this.#push(
      Math.max(0, delayMs) + lateMs,
      process,
      `timer ${Math.round(delayMs)}`,
      run,
      true,
    );
    if (process.isAlive) process.timers.add(task);
    return () => {
      task.isOver = true;
      process.timers.delete(task);
    };
  }

  kill(process: SimProcess): void {
    process.isAlive = false;
    process.timers.clear();
  }

  /** As a stop signal does it: what falls due meanwhile waits. */
  freeze(process: SimProcess, ms: number): void {
    process.frozenUntilMs = Math.max(process.frozenUntilMs, this.#nowMs + ms);
    process.freezes += 1;
    this.at(ms, this.world, `${process.name} may thaw`, () => {
      if (process.frozenUntilMs <= this.#nowMs) this.thaw(process);
    });
  }

  thaw(process: SimProcess): void {
    process.frozenUntilMs = 0;
    for (const [index, task] of process.held.splice(0).entries()) {
      task.atMs = this.#nowMs;
      task.tie = -1 / (index + 2); // before anything new, in the order in which they fell due
      this.#sift(task);
    }
  }

  /** Runs the next task, and all that follows from it at once. False: there is none before `untilMs`. */
  async step(untilMs: number): Promise<boolean> {
    const task = this.#next(untilMs);
    if (task === undefined) {
      this.#nowMs = Math.max(this.#nowMs, untilMs);
      return false;
    }
    this.#nowMs = Math.max(this.#nowMs, task.atMs);
    this.#steps += 1;
    task.isOver = true;
    task.process.timers.delete(task);
    this.#onTask(task);
    task.run();
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    return true;
  }

  #next(untilMs: number): Task | undefined {
    for (let task = this.#heap[0]; task !== undefined && task.atMs <= untilMs; task = this.#heap[0]) {
      this.#pop();
      if (task.isOver || !task.process.isAlive) continue;
      if (task.process.frozenUntilMs === 0) return task;
      task.process.held.push(task);
    }
    return undefined;
  }

  #push(delayMs: number, process: SimProcess, label: string, run: () => void, isTimer: boolean): Task {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const task: Task = { process, label, run, isTimer, atMs, tie: this.#random.next(), isOver: false };
    if (process.isAlive) this.#sift(task);
    return task;
  }

  #sift(task: Task): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(task);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Task;
      if (!isBefore(task, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Task;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Task, heap[below] as Task)) below += 1;
      if (!isBefore(heap[below] as Task, last)) break;
      heap[at] = heap[below] as Task;
      at = below;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Task, b: Task) => a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie);
