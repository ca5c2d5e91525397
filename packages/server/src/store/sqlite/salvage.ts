// V1. What can be read is read, whatever around it cannot: a damaged page costs what stands in it. An index that is out of order
//     seems to end where it does not: it is looked into behind that.
// V2. It ends: each turn of the loop is at a later place.

/** A row as the index of its table tells it. */
export interface IndexedRow {
  readonly place: number;
  readonly rowid: number;
}

export interface SalvageSource<R> {
  /** Rows from a place on, in order, `limit` at most. Throws where the index cannot be read. */
  indexed(from: number, limit: number): Iterable<IndexedRow>;
  /** One row by its number. Throws where the table cannot be read. */
  row(rowid: number): R | undefined;
  /** The last place there can be. */
  readonly last: number;
  isDamage(error: unknown): boolean;
}

export interface Salvaged<R> {
  /** Where the index has it. */
  readonly place: number;
  readonly row: R;
}

const AT_ONCE = 200;

/** The rows after a place, one by one, where reading them in one go came upon damage. */
export function* salvage<R>(source: SalvageSource<R>, after: number): Generator<Salvaged<R>> {
  for (let place = after; place < source.last; ) {
    const begin = place;
    const { rows, isBroken } = someOf(source, place);
    for (const { place: at, rowid } of rows) {
      if (!Number.isSafeInteger(at) || at <= place || at > source.last) continue; // an index out of order
      const row = orUndefined(source, () => source.row(rowid));
      if (row !== undefined) yield { place: at, row };
      place = at;
    }
    const isOver = isBroken || rows.length < AT_ONCE || place === begin;
    if (isOver) place = reachableFrom(source, place + 1) - 1; // V2
  }
}

function someOf<R>(
  source: SalvageSource<R>,
  after: number,
): { readonly rows: readonly IndexedRow[]; readonly isBroken: boolean } {
  const rows: IndexedRow[] = [];
  try {
    for (const row of source.indexed(after + 1, AT_ONCE)) rows.push(row);
    return { rows, isBroken: false };
  } catch (error) {
    if (!source.isDamage(error)) throw error;
    return { rows, isBroken: true };
  }
}

/** A place behind the damage from which there are rows, found in as many looks as the logarithm of its width. */
function reachableFrom<R>(source: SalvageSource<R>, broken: number): number {
  const isReadable = (place: number) =>
    orUndefined(source, () => [...source.indexed(place, 1)][0]) !== undefined;
  let low = broken;
  let high = low + 1;
  for (let step = 2; high <= source.last && !isReadable(high); step *= 2) {
    low = high;
    high = Math.min(low + step, source.last + 1);
  }
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (isReadable(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function orUndefined<T>(source: Pick<SalvageSource<unknown>, 'isDamage'>, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!source.isDamage(error)) throw error;
    return undefined;
  }
}
