import { PerdureError } from '@perdure/protocol';
import type { NewRow } from './session-store.ts';

/**
 * Throws unless the rows follow on `after` and on each other: seqs are dense, so anything else is a mistake of the
 * caller and never an outcome. A claim without rows would have no place from which its epoch holds.
 */
export function checkRows(rows: readonly NewRow[], after: number, claim: boolean): void {
  let place = after;
  for (const row of rows) {
    if (row.after !== place || row.through <= row.after) {
      throw new PerdureError(
        'internal',
        `A row of ${row.type} covers (${row.after}, ${row.through}] where one after ${place} was due. Give every event the next seq.`,
      );
    }
    place = row.through;
  }
  if (claim && rows.length === 0) {
    throw new PerdureError(
      'internal',
      'A claim came without rows. Claim a session with the first rows written under it.',
    );
  }
}
