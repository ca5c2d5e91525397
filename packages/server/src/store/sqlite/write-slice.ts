// Rows go in slices, between groups.
import type Database from 'better-sqlite3';
import { floorStruck, hasSoundFloor } from '../sql/floor-sum.ts';
import { DELTA_KIND } from '../sql/schema.ts';
import { type EntryPlace, placeOfEntry } from '../sql/row-places.ts';
import { SLICE_EXAMINED, SLICE_ROWS } from '../sql/slice-size.ts';
import { isWhole, sumOf } from '../sql/sum-of.ts';
import type { CompactWrite, PurgeWrite, RemoveWrite, SweepWrite, WriteOutcome } from '../sql/write.ts';
import type { WriterStatements } from './writer-statements.ts';

type Examined = EntryPlace & { readonly rowid: number; readonly body: string; readonly sum: number };

export type SliceStatements = ReturnType<typeof prepareSliceStatements>;

export function prepareSliceStatements(db: Database.Database) {
  const slice = (table: string) =>
    db.prepare<[number, number]>(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE session = ? LIMIT ?)`,
    );
  return {
    // The order in which a session goes. Its own row is last: as long as it is there, the purge is not over.
    purges: ['entry', 'block', 'run', 'command', 'snapshot', 'claim'].map(slice),
    forget: db.prepare<[number]>('DELETE FROM session WHERE id = ? AND public_id IS NULL'),
    stretch: db.prepare<[number, number, number, number], Examined>(
      `SELECT rowid, after, through, epoch, kind, audience, iif(kind = ${DELTA_KIND}, body, '') AS body, sum FROM entry
       WHERE session = ? AND through > ? AND through < ? ORDER BY through LIMIT ?`,
    ),
    drop: db.prepare<[number]>('DELETE FROM entry WHERE rowid = ?'),
    hidden: db.prepare<[number, number, number], { readonly rowid: number; readonly bytes: number }>(
      `SELECT rowid, octet_length(body) AS bytes FROM entry WHERE session = ? AND through <= ? ORDER BY through LIMIT ?`,
    ),
    dropBlocks: db.prepare<[number, number, number]>(
      'DELETE FROM block WHERE rowid IN (SELECT rowid FROM block WHERE session = ? AND last_seq <= ? LIMIT ?)',
    ),
    swept: db.prepare<[number]>('UPDATE session SET unswept = 0 WHERE id = ?'),
  };
}

export function writeRemove(statements: WriterStatements, { key }: RemoveWrite): WriteOutcome {
  statements.unname.run(key);
  return { kind: 'done' };
}

export function writePurge(
  { session }: WriterStatements,
  { purges, forget }: SliceStatements,
  { key }: PurgeWrite,
): WriteOutcome {
  if (session.get(key)?.public_id !== null) return { kind: 'done' };
  let rows = 0;
  for (const purge of purges) {
    rows += purge.run(key, SLICE_ROWS - rows).changes;
    if (rows >= SLICE_ROWS) return { kind: 'done', next: 0 };
  }
  forget.run(key);
  return { kind: 'done' };
}

/** The mark goes with the last slice: of a floor that rose meanwhile too, for that is the one which is looked at. */
export function writeSweep(
  { session, shrink }: WriterStatements,
  { hidden, drop, dropBlocks, swept }: SliceStatements,
  { key }: SweepWrite,
): WriteOutcome {
  const row = session.get(key);
  if (row === undefined || row.public_id === null) return { kind: 'done' };
  if (!hasSoundFloor(row)) return floorStruck; // nothing is taken out that nobody said should go
  const rows = hidden.all(key, row.floor, SLICE_ROWS);
  for (const { rowid } of rows) drop.run(rowid);
  shrink.run(
    rows.reduce((sum, { bytes }) => sum + bytes, 0),
    key,
  );
  const blocks = dropBlocks.run(key, row.floor, SLICE_ROWS - rows.length).changes;
  if (rows.length + blocks === SLICE_ROWS) return { kind: 'done', next: 0 };
  swept.run(key);
  return { kind: 'done' };
}

/**
 * Deltas that join become one row without a text, so that the rows of a log join still: a reader knows a place that is empty from
 * one that was lost. Where a slice stopped is where the next begins: what one has examined, the next does not examine again.
 */
export function writeCompact(
  { session, shrink, addEntry }: WriterStatements,
  { stretch, drop }: SliceStatements,
  { key, after, before }: CompactWrite,
): WriteOutcome {
  if ((session.get(key)?.public_id ?? null) === null) return { kind: 'done' };
  let [dropped, bytes, place] = [0, 0, after];
  const examined = stretch.all(key, after, before, SLICE_EXAMINED);
  let joined: Examined[] = [];
  const empty = () => {
    const [first, last] = [joined[0], joined.at(-1)];
    if (first !== undefined && last !== undefined && (joined.length > 1 || first.body !== '')) {
      for (const row of joined) drop.run(row.rowid);
      const { through, epoch, kind, audience } = last;
      const left = { after: first.after, through, epoch, kind, audience };
      const sum = sumOf('', placeOfEntry(key, left));
      addEntry.run(key, left.after, through, epoch, kind, audience, '', sum);
      dropped += joined.length;
      bytes += joined.reduce((total, { body }) => total + Buffer.byteLength(body), 0);
    }
    joined = [];
  };
  for (const row of examined) {
    if (dropped + joined.length === SLICE_ROWS) break;
    place = row.through;
    const last = joined.at(-1);
    const isJoined =
      last?.through === row.after && last.epoch === row.epoch && last.audience === row.audience;
    if (!isJoined) empty();
    // One that does not add up may be of another kind: nothing is taken out that nobody said should go.
    if (row.kind === DELTA_KIND && isWhole(row, placeOfEntry(key, row))) joined.push(row);
  }
  empty();
  shrink.run(bytes, key);
  const isOver = examined.length < SLICE_EXAMINED && place === (examined.at(-1)?.through ?? after);
  return { kind: 'done', next: isOver ? undefined : place };
}
