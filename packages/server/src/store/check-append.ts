import { PerdureError } from '@perdure/protocol';
import { checkRows } from './check-rows.ts';
import type { Append } from './session-store.ts';

/** Throws unless its rows follow on each other, and on what it comes after, and a floor comes with the base that it needs. */
export function checkAppend({ rows, after, claim, snapshot, floor }: Append): void {
  checkRows(rows, after, claim);
  if (floor === undefined) return;
  const head = rows.at(-1)?.through ?? after;
  const isPlace = Number.isSafeInteger(floor) && floor >= 0;
  if (isPlace && snapshot !== undefined && floor <= snapshot.through && snapshot.through <= head) return;
  throw new PerdureError(
    'internal',
    `A floor at ${floor} came with ${snapshot === undefined ? 'no snapshot' : `a snapshot through ${snapshot.through}`} in an append through ${head}. Write the base that stands for what goes in the same append.`,
  );
}
