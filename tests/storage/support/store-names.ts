/** What people have written, where a field may have any name. */
const given = ['metadata', 'result'];

/** Gives the keys and epochs of one store names that are the same in every store which did the same. */
export class StoreNames {
  readonly #keys = new Map<number, string>();
  readonly #epochs = new Map<number, string>();
  /** The highest epoch that was known before the last step. */
  #settled = 0;

  /** What comes next was given later than all that was met so far. */
  settle(): void {
    this.#settled = Math.max(0, ...this.#epochs.keys());
  }

  /** The answer as plain data, without what a field that is left out and one that is undefined have different. */
  replace(answer: unknown): unknown {
    return JSON.parse(JSON.stringify(this.#replaced(answer, false)) ?? 'null');
  }

  #replaced(value: unknown, isGiven: boolean): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#replaced(item, isGiven));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([field, item]) => [field, this.#named(field, item, isGiven)]);
    return Object.fromEntries(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
  }

  #named(field: string, item: unknown, isGiven: boolean): unknown {
    const isNumber = typeof item === 'number' && !isGiven;
    if (field === 'key' && isNumber) return this.#nameOf(this.#keys, item, 'key');
    if (field === 'epoch' && isNumber) return this.#epochOf(item);
    return this.#replaced(item, isGiven || given.includes(field));
  }

  #epochOf(epoch: number): string {
    const isStale = !this.#epochs.has(epoch) && epoch <= this.#settled;
    return this.#nameOf(this.#epochs, epoch, isStale ? 'an epoch that does not rise' : 'epoch');
  }

  #nameOf(names: Map<number, string>, value: number, kind: string): string {
    const name = names.get(value) ?? `${kind} ${names.size + 1}`;
    names.set(value, name);
    return name;
  }
}
