import { givenText } from './kept-text.ts';

/** A row as it was written: its texts as they were before they were kept. */
export function givenRow<Row extends object>(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? givenText(value) : value]),
  ) as Row;
}
