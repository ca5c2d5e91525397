import { busySchema } from './busy-schema.ts';
import { givenText, keptText } from './kept-text.ts';

/** Tries to number types while others do the same. More often than this something is wrong. */
const TRIES = 5;

export interface EventKindsOptions {
  /** As it stands in a statement. */
  readonly schema: string;
  ask<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
}

/** The numbers by which rows keep the types of their events. */
export class EventKinds {
  readonly #options: EventKindsOptions;
  #numbers = new Map<string, number>();

  constructor(options: EventKindsOptions) {
    this.#options = options;
  }

  /** -1: no row ever had the type. */
  of(type: string): number {
    return this.#numbers.get(type) ?? -1;
  }

  async read(): Promise<void> {
    const rows = await this.#options.ask<{ kind: number; name: string }>(
      `SELECT kind, name FROM ${this.#options.schema}.event_type`,
    );
    this.#numbers = new Map(rows.map(({ kind, name }) => [givenText(name), kind]));
  }

  /** Types that no row had before get their numbers first; a number without a row does no harm. */
  async make(types: ReadonlySet<string>): Promise<void> {
    const { ask, schema } = this.#options;
    for (let tries = 0; ; tries += 1) {
      const unknown = [...types].filter((type) => !this.#numbers.has(type));
      if (unknown.length === 0) return;
      if (tries === TRIES) throw busySchema();
      for (const type of unknown) {
        await ask(
          `INSERT INTO ${schema}.event_type (kind, name) SELECT max(kind) + 1, $1 FROM ${schema}.event_type
           ON CONFLICT DO NOTHING`,
          [keptText(type)],
        );
      }
      await this.read();
    }
  }
}
