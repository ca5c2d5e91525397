const entryColumns = 'after, through, epoch, kind, audience, body, sum';

export type ReaderStatements = ReturnType<typeof readerStatements>;

/** The reads of the hot path. A removed session has no rows for any of them. `name`: the server keeps them prepared. */
export function readerStatements(schema: string) {
  const isThere = `EXISTS (SELECT FROM ${schema}.session WHERE id = $1 AND public_id IS NOT NULL)`;
  /**
   * With each row the floor that it is above, which is checked by who reads. Where a session has no row to show there is one
   * of nulls: a floor that was struck may be why.
   */
  const aboveFloor = (rows: string, order: string) => `
    SELECT s.floor, s.floor_sum, e.* FROM ${schema}.session AS s LEFT JOIN LATERAL (${rows}) AS e ON true
    WHERE s.id = $1 AND s.public_id IS NOT NULL ORDER BY ${order}`;
  const entries = (where: string, order: 'ASC' | 'DESC') => `
    SELECT ${entryColumns} FROM ${schema}.entry
    WHERE session = $1 AND through > greatest($2, s.floor) AND after < $3 AND ${where}
    ORDER BY through ${order} LIMIT $4`;
  const scan = (name: string, order: 'ASC' | 'DESC', rows: string) => ({
    name: `perdure_scan_${name}_${order}`,
    text: aboveFloor(rows, `e.through ${order}`),
  });
  const orders = <T>(make: (order: 'ASC' | 'DESC') => T) => ({ asc: make('ASC'), desc: make('DESC') });
  return {
    version: { text: `SELECT version FROM ${schema}.schema_version` },
    kinds: { text: `SELECT kind, name FROM ${schema}.event_type` },
    find: {
      name: 'perdure_find',
      text: `SELECT * FROM ${schema}.session WHERE tenant = $1 AND public_id = $2`,
    },
    get: {
      name: 'perdure_get',
      text: `SELECT * FROM ${schema}.session WHERE id = $1 AND public_id IS NOT NULL`,
    },
    /** Rows and head of one moment. Of bodies only as much leaves the disk as was asked for, and one row. */
    read: {
      name: 'perdure_read',
      text: `
        SELECT s.head, s.floor, s.floor_sum, e.* FROM ${schema}.session AS s
        LEFT JOIN LATERAL (
          SELECT ${entryColumns} FROM (
            SELECT *, sum(octet_length(body)) OVER (ORDER BY through) - octet_length(body) AS before FROM (
              SELECT ${entryColumns} FROM ${schema}.entry WHERE session = $1 AND through > greatest($2, s.floor)
              ORDER BY through LIMIT $4
            ) AS next
          ) AS measured
          WHERE before < $3 OR before = 0
        ) AS e ON true
        WHERE s.id = $1 AND s.public_id IS NOT NULL
        ORDER BY e.through`,
    },
    scanAll: orders((order) => scan('all', order, entries('TRUE', order))),
    scanDeltas: orders((order) => scan('deltas', order, entries('kind = 0', order))),
    /** One walk through the index a type; of what they find together, the first rows. */
    scanKinds: orders((order) =>
      scan(
        'kinds',
        order,
        `SELECT f.* FROM unnest($5::int[]) AS k (kind)
         CROSS JOIN LATERAL (${entries('kind = k.kind AND kind <> 0', order)}) AS f
         ORDER BY f.through ${order} LIMIT $4`,
      ),
    ),
    claims: {
      name: 'perdure_claims',
      text: `SELECT first, epoch FROM ${schema}.claim WHERE session = $1 AND ${isThere} ORDER BY first`,
    },
    command: {
      name: 'perdure_command',
      text: `SELECT hash, result FROM ${schema}.command
        WHERE session = $1 AND principal = $2 AND command_id = $3 AND ${isThere}`,
    },
    snapshot: {
      name: 'perdure_snapshot',
      text: `SELECT through, state_version, body, sum FROM ${schema}.snapshot WHERE session = $1 AND ${isThere}`,
    },
    /** Of one moment: a base comes with its floor. */
    floorWithoutBase: {
      name: 'perdure_floor_without_base',
      text: `SELECT floor, floor_sum FROM ${schema}.session WHERE id = $1 AND public_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM ${schema}.snapshot WHERE session = $1)`,
    },
    blocks: orders((order) => ({
      name: `perdure_blocks_${order}`,
      text: aboveFloor(
        `SELECT conversation, first_seq, last_seq, body, sum FROM ${schema}.block
         WHERE session = $1 AND conversation = $2 AND first_seq ${order === 'ASC' ? '>' : '<'} $3
           AND ($5 = '' OR strpos(lower(body), $5) > 0) AND last_seq > s.floor
         ORDER BY first_seq ${order} LIMIT $4`,
        `e.first_seq ${order}`,
      ),
    })),
    runs: {
      name: 'perdure_runs',
      text: `SELECT run_id, ord, body, sum FROM ${schema}.run WHERE session = $1 AND ord < $2 AND ${isThere}
        ORDER BY ord DESC LIMIT $3`,
    },
    run: {
      name: 'perdure_run',
      text: `SELECT run_id, ord, body, sum FROM ${schema}.run WHERE session = $1 AND run_id = $2 AND ${isThere}`,
    },
  };
}
