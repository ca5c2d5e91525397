import { DELTA_KIND } from '../sql/schema.ts';
import { SLICE_EXAMINED, SLICE_ROWS } from '../sql/slice-size.ts';

/** In the order in which a session goes. Its own row is last: as long as it is there, the purge is not over. */
const tables = ['entry', 'block', 'run', 'command', 'snapshot', 'claim'] as const;

export interface CompactRow {
  readonly examined: number;
  readonly dropped: number;
  /** The last row that was looked at; of a slice that is full, the last that was taken out. */
  readonly place: number | null;
}

/** Statements that take rows out; each is a transaction, and small enough to go between groups. */
export function sliceStatements(schema: string) {
  const slice = (table: string) => `
    ${table}s AS (
      DELETE FROM ${schema}.${table} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM ${schema}.${table} WHERE session = (SELECT id FROM gone) LIMIT ${SLICE_ROWS}
      )) RETURNING 1
    )`;
  return {
    remove: `UPDATE ${schema}.session SET public_id = NULL, unsettled = 0, unswept = 0 WHERE id = $1`,
    /** Tells how many rows went. */
    purge: `
      WITH gone AS (SELECT id FROM ${schema}.session WHERE id = $1 AND public_id IS NULL),
      ${tables.map(slice).join(',')}
      SELECT ${tables.map((table) => `(SELECT count(*) FROM ${table}s)`).join(' + ')} AS rows`,
    forget: `DELETE FROM ${schema}.session WHERE id = $1 AND public_id IS NULL`,
    compact: `
      WITH stretch AS MATERIALIZED (
        SELECT through, kind, octet_length(body) AS bytes FROM ${schema}.entry
        WHERE session = (SELECT id FROM ${schema}.session WHERE id = $1 AND public_id IS NOT NULL)
          AND through > $2 AND through < $3
        ORDER BY through LIMIT ${SLICE_EXAMINED}
      ),
      deltas AS MATERIALIZED (
        SELECT through, bytes FROM stretch WHERE kind = ${DELTA_KIND} ORDER BY through LIMIT ${SLICE_ROWS}
      ),
      dropped AS (
        DELETE FROM ${schema}.entry AS e USING deltas AS d WHERE e.session = $1 AND e.through = d.through
        RETURNING d.bytes
      ),
      shrunk AS (
        UPDATE ${schema}.session SET log_bytes = log_bytes - (SELECT sum(bytes) FROM dropped)
        WHERE id = $1 AND EXISTS (SELECT FROM dropped)
      )
      SELECT (SELECT count(*) FROM stretch) AS examined, (SELECT count(*) FROM dropped) AS dropped,
        CASE WHEN (SELECT count(*) FROM deltas) = ${SLICE_ROWS} THEN (SELECT max(through) FROM deltas)
          ELSE (SELECT max(through) FROM stretch) END AS place`,
    floor: `SELECT id, floor, floor_sum FROM ${schema}.session WHERE id = $1 AND public_id IS NOT NULL`,
    /** Tells how many rows went. The mark goes with the slice that finds none: a floor that rose meanwhile is looked at too. */
    sweep: `
      WITH kept AS MATERIALIZED (
        SELECT id, floor FROM ${schema}.session WHERE id = $1 AND floor = $2 AND public_id IS NOT NULL
      ),
      entries AS (
        DELETE FROM ${schema}.entry WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM ${schema}.entry
          WHERE session = (SELECT id FROM kept) AND through <= (SELECT floor FROM kept) ORDER BY through LIMIT ${SLICE_ROWS}
        )) RETURNING octet_length(body) AS bytes
      ),
      blocks AS (
        DELETE FROM ${schema}.block WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM ${schema}.block
          WHERE session = (SELECT id FROM kept) AND last_seq <= (SELECT floor FROM kept) LIMIT ${SLICE_ROWS}
        )) RETURNING 1
      ),
      swept AS MATERIALIZED (
        SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM blocks) AS rows,
          (SELECT coalesce(sum(bytes), 0) FROM entries) AS bytes
      ),
      shrunk AS (
        UPDATE ${schema}.session AS s SET log_bytes = s.log_bytes - swept.bytes,
          unswept = CASE WHEN swept.rows = 0 THEN 0 ELSE s.unswept END
        FROM swept WHERE s.id = (SELECT id FROM kept)
      )
      SELECT rows FROM swept`,
    unswept: `SELECT id FROM ${schema}.session WHERE unswept = 1 ORDER BY id`,
    removed: `SELECT id FROM ${schema}.session WHERE public_id IS NULL ORDER BY id`,
  };
}
