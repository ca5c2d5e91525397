import type { ReaderStatements } from './reader-statements.ts';

/** The event types under the numbers that rows keep them by. */
export class EntryTypes {
  readonly #statements: Pick<ReaderStatements, 'kinds'>;
  #names = new Map<number, string>();

  constructor(statements: Pick<ReaderStatements, 'kinds'>) {
    this.#statements = statements;
  }

  nameOf(kind: number): string {
    const known = this.#names.get(kind);
    if (known !== undefined) return known;
    this.#read();
    return this.#names.get(kind) ?? 'unknown';
  }

  kindsOf(types: readonly string[]): number[] {
    const kinds = () => [...this.#names].filter(([, name]) => types.includes(name)).map(([kind]) => kind);
    if (kinds().length < types.length) this.#read();
    return kinds();
  }

  #read(): void {
    this.#names = new Map(this.#statements.kinds.all().map(({ kind, name }) => [kind, name]));
  }
}
