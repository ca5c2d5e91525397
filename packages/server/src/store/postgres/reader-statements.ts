const entryColumns = 'after, through, epoch, kind, audience, body, sum';

export type ReaderStatements = ReturnType<typeof readerStatements>;

/** The reads of the hot path. A removed session has no rows for any of them. `name`: the server keeps them prepared. */
export function readerStatements(schema: string) {
  const isThere = `EXISTS (SELECT FROM ${schema}.session WHERE id = $1 AND public_id IS NOT NULL)`;
  /** Of a removed session it is null, and nothing is above that. */
  const floor = `(SELECT floor FROM ${schema}.session WHERE id = $1 AND public_id IS NOT NULL)`;
  const scan = (name: string, order: 'ASC' | 'DESC', from: string) => ({
    name: `perdure_scan_${name}_${order}`,
    text: `SELECT ${entryColumns} FROM ${from} ORDER BY through ${order} LIMIT $4`,
  });
  const scanned = `${schema}.entry WHERE session = $1 AND through > $2 AND through > ${floor} AND after < $3`;
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
        SELECT s.head, s.floor, e.* FROM ${schema}.session AS s
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
    scanAll: orders((order) => scan('all', order, scanned)),
    scanDeltas: orders((order) => scan('deltas', order, `${scanned} AND kind = 0`)),
    /** One walk through the index a type; of what they find together, the first rows. */
    scanKinds: orders((order) => ({
      name: `perdure_scan_kinds_${order}`,
      text: `
        SELECT e.* FROM unnest($5::int[]) AS k (kind) CROSS JOIN LATERAL (
          SELECT ${entryColumns} FROM ${scanned} AND kind = k.kind AND kind <> 0 ORDER BY through ${order} LIMIT $4
        ) AS e ORDER BY e.through ${order} LIMIT $4`,
    })),
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
    blocks: orders((order) => ({
      name: `perdure_blocks_${order}`,
      text: `SELECT conversation, first_seq, last_seq, body, sum FROM ${schema}.block
        WHERE session = $1 AND conversation = $2 AND first_seq ${order === 'ASC' ? '>' : '<'} $3
          AND ($5 = '' OR strpos(lower(body), $5) > 0) AND last_seq > ${floor}
        ORDER BY first_seq ${order} LIMIT $4`,
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
