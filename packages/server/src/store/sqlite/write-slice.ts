// Rows go in slices, between groups.
import type Database from 'better-sqlite3';
import { floorStruck, hasSoundFloor } from '../sql/floor-sum.ts';
import { DELTA_KIND } from '../sql/schema.ts';
import { SLICE_EXAMINED, SLICE_ROWS } from '../sql/slice-size.ts';
import type { CompactWrite, PurgeWrite, RemoveWrite, SweepWrite, WriteOutcome } from '../sql/write.ts';
import type { WriterStatements } from './writer-statements.ts';

interface Examined {
  readonly rowid: number;
  readonly through: number;
  readonly kind: number;
  readonly bytes: number;
}

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
      `SELECT rowid, through, kind, octet_length(body) AS bytes FROM entry
       WHERE session = ? AND through > ? AND through < ? ORDER BY through LIMIT ?`,
    ),
    drop: db.prepare<[number]>('DELETE FROM entry WHERE rowid = ?'),
    hidden: db.prepare<[number, number, number], Pick<Examined, 'rowid' | 'bytes'>>(
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

/** Where a slice stopped is where the next begins: what one has examined, the next does not examine again. */
export function writeCompact(
  { session, shrink }: WriterStatements,
  { stretch, drop }: SliceStatements,
  { key, after, before }: CompactWrite,
): WriteOutcome {
  if ((session.get(key)?.public_id ?? null) === null) return { kind: 'done' };
  let [dropped, bytes, place] = [0, 0, after];
  const examined = stretch.all(key, after, before, SLICE_EXAMINED);
  for (const row of examined) {
    if (dropped === SLICE_ROWS) break;
    place = row.through;
    if (row.kind !== DELTA_KIND) continue;
    drop.run(row.rowid);
    dropped += 1;
    bytes += row.bytes;
  }
  shrink.run(bytes, key);
  const isOver = examined.length < SLICE_EXAMINED && place === (examined.at(-1)?.through ?? after);
  return { kind: 'done', next: isOver ? undefined : place };
}
