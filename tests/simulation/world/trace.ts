import type { Task } from '../time/sim-process.ts';

/** Lines kept to be shown with a violation. */
const TAIL = 60;

/** What happened in a seed, as lines and as one number that two runs of a seed agree on. */
export class Trace {
  readonly #keepsAll: boolean;
  readonly #lines: string[] = [];
  #low = 0x811c9dc5;
  #high = 0x9747b28c;

  constructor(options: { readonly keepsAll: boolean }) {
    this.#keepsAll = options.keepsAll;
  }

  task(task: Task): void {
    this.#mix(task.label);
    this.#mixNumber(task.atMs);
    if (!this.#keepsAll && !isTold(task.label)) return;
    this.#keep(`${stamp(task.atMs)} ${task.process.name}: ${task.label}`);
  }

  note(atMs: number, text: string): void {
    this.#mix(text);
    this.#keep(`${stamp(atMs)}   ${text}`);
  }

  /** Takes in what is too long to be told. */
  text(text: string): void {
    this.#mix(text);
  }

  get hash(): string {
    const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (!this.#keepsAll && this.#lines.length > 2 * TAIL) this.#lines.splice(0, TAIL);
  }

  #mix(text: string): void {
    let [low, high] = [this.#low, this.#high];
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b) + low;
    }
    this.#low = low;
    this.#high = high | 0;
  }

  #mixNumber(value: number): void {
    this.#low = Math.imul(this.#low ^ Math.floor(value * 1_000), 0x01000193);
    this.#high = (Math.imul(this.#high, 0x85ebca6b) + this.#low) | 0;
  }
}

const isTold = (label: string) => !label.startsWith('timer') && !label.startsWith('disk');

const stamp = (atMs: number) => `${(atMs / 1_000).toFixed(3)}s`.padStart(10);
