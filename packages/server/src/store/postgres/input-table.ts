type ColumnType = 'int' | 'bigint' | 'text' | 'bool';

/** A row of the table: a value, or null, for each of its columns. */
export type InputRow<Name extends string> = Readonly<Record<Name, string | number | boolean | null>>;

/**
 * Rows that go to the server as one array a column, whatever their number: a statement that takes them has one text, and is
 * planned once.
 */
export class InputTable<Name extends string> {
  readonly names: readonly Name[];
  readonly #types: readonly ColumnType[];

  constructor(columns: Readonly<Record<Name, ColumnType>>) {
    this.names = Object.keys(columns) as Name[];
    this.#types = Object.values(columns);
  }

  /** As it stands after FROM; its parameters begin with the number `first`. */
  sql(alias: string, first: number): string {
    const arrays = this.#types.map((type, index) => `$${first + index}::${type}[]`);
    return `unnest(${arrays.join(', ')}) AS ${alias}(${this.names.join(', ')})`;
  }

  /** In the order of its columns. */
  parameters(rows: readonly InputRow<Name>[]): unknown[][] {
    return this.names.map((name) => rows.map((row) => row[name]));
  }
}
