// One statement writes a group: what passes its fence is written with all that belongs to it, and what does not leaves nothing
// behind. There is no BEGIN and no COMMIT: the statement is the transaction, one way to the server and back, one sync.
//
// G1. No two writes of a statement are of one session: each row of `session` changes once, from what it was before.
// G2. A claim raises the counter of epochs in the statement that it is written by. The number was foretold, for the sums need
//     it: if the counter is not where it was expected, claims and new sessions are left out, and told so.
import { InputTable } from './input-table.ts';

/** What an append or a new session brings to its row of `session`; null in a column that it leaves as it is. */
export const writeTable = new InputTable({
  n: 'int',
  is_new: 'bool',
  key: 'bigint',
  seen_epoch: 'bigint',
  epoch: 'bigint',
  after: 'bigint',
  through: 'bigint',
  bytes: 'bigint',
  max_bytes: 'bigint',
  principal: 'text',
  command_id: 'text',
  hash: 'text',
  result: 'text',
  tenant: 'text',
  public_id: 'text',
  owner: 'text',
  parent: 'text',
  created_at: 'text',
  title: 'text',
  title_folded: 'text',
  tags: 'text',
  metadata: 'text',
  agent: 'text',
  has_swarm: 'bool',
  swarm: 'text',
  archived: 'int',
  activity: 'text',
  open_requests: 'int',
  last_text: 'text',
  last_text_folded: 'text',
  unsettled: 'int',
  updated_at: 'text',
  floor: 'bigint',
  floor_sum: 'bigint',
});

export const entryTable = new InputTable({
  n: 'int',
  after: 'bigint',
  through: 'bigint',
  kind: 'int',
  audience: 'int',
  body: 'text',
  sum: 'bigint',
});

export const blockTable = new InputTable({
  n: 'int',
  conversation: 'text',
  first_seq: 'bigint',
  last_seq: 'bigint',
  body: 'text',
  sum: 'bigint',
});

/** `place` is that among the new runs of the append. */
export const runTable = new InputTable({
  n: 'int',
  place: 'int',
  run_id: 'text',
  body: 'text',
  sum: 'bigint',
});

export const snapshotTable = new InputTable({
  n: 'int',
  through: 'bigint',
  state_version: 'int',
  body: 'text',
  sum: 'bigint',
});

/** What the statement tells of each write. */
export interface WriteRow {
  readonly n: number;
  readonly isWritten: boolean;
  /** Whether the counters were where they were expected. */
  readonly isCounted: boolean;
  /** Of an append that was not written: the session as it is. */
  readonly epoch: number | null;
  readonly head: number | null;
  readonly logBytes: number | null;
  /** The answer that the command had. */
  readonly hash: string | null;
  readonly result: string | null;
}

/** Before those of the tables: the level of sync, and of each of the two counters what it was and will be. */
const FIRST_PARAMETERS = 5;

/** Columns that an append leaves as they are by a null: none of them is ever null itself. */
const changeable = [
  ...(['title', 'title_folded', 'tags', 'metadata', 'agent', 'archived', 'activity'] as const),
  ...(['open_requests', 'last_text', 'last_text_folded', 'unsettled', 'updated_at'] as const),
];

export function logStatement(schema: string): string {
  let next = FIRST_PARAMETERS + 1;
  const take = (table: Pick<InputTable<string>, 'names' | 'sql'>, alias: string) => {
    const sql = table.sql(alias, next);
    next += table.names.length;
    return sql;
  };
  const given = [...changeable, 'swarm', 'tenant', 'public_id', 'owner', 'parent', 'created_at'].join(', ');
  return `
WITH w AS MATERIALIZED (SELECT * FROM ${take(writeTable, 'w')}),
counted AS (
  UPDATE ${schema}.counter AS c SET value = f.value
  FROM (VALUES ('epoch', $2::bigint, $3::bigint), ('session', $4::bigint, $5::bigint)) AS f (name, seen, value)
  WHERE c.name = f.name AND c.value = f.seen AND f.value > f.seen
  RETURNING c.name
),
is_counted AS MATERIALIZED (
  SELECT count(*) = ($3::bigint > $2::bigint)::int + ($5::bigint > $4::bigint)::int AS yes FROM counted
),
moved AS (
  UPDATE ${schema}.session AS s SET head = w.through, epoch = w.epoch, log_bytes = s.log_bytes + w.bytes,
    swarm = CASE WHEN w.has_swarm THEN w.swarm ELSE s.swarm END,
    floor = greatest(s.floor, w.floor),
    floor_sum = CASE WHEN s.floor > w.floor THEN s.floor_sum ELSE coalesce(w.floor_sum, s.floor_sum) END,
    unswept = CASE WHEN w.floor IS NULL THEN s.unswept ELSE 1 END,
    ${changeable.map((name) => `${name} = coalesce(w.${name}, s.${name})`).join(', ')}
  FROM w
  WHERE NOT w.is_new AND s.id = w.key AND s.epoch = w.seen_epoch AND s.head = w.after AND s.public_id IS NOT NULL
    AND s.log_bytes + w.bytes <= w.max_bytes
    AND (w.epoch = w.seen_epoch OR (SELECT yes FROM is_counted))
    AND NOT EXISTS (
      SELECT FROM ${schema}.command AS c
      WHERE c.session = w.key AND c.principal = w.principal AND c.command_id = w.command_id
    )
  RETURNING w.n
),
made AS (
  INSERT INTO ${schema}.session (id, epoch, head, log_bytes, ${given})
  SELECT key, epoch, through, bytes, ${given} FROM w WHERE w.is_new AND (SELECT yes FROM is_counted)
  ON CONFLICT (tenant, public_id) DO NOTHING
  RETURNING id
),
written AS MATERIALIZED (
  SELECT w.n, w.key, w.epoch, w.seen_epoch, w.after, w.principal, w.command_id, w.hash, w.result FROM w JOIN moved USING (n)
  UNION ALL
  SELECT w.n, w.key, w.epoch, w.seen_epoch, w.after, w.principal, w.command_id, w.hash, w.result
  FROM w JOIN made ON made.id = w.key AND w.is_new
),
claims AS (
  INSERT INTO ${schema}.claim (session, first, epoch)
  SELECT key, after + 1, epoch FROM written WHERE epoch <> seen_epoch
),
entries AS (
  INSERT INTO ${schema}.entry (session, after, through, epoch, kind, audience, body, sum)
  SELECT w.key, e.after, e.through, w.epoch, e.kind, e.audience, e.body, e.sum
  FROM ${take(entryTable, 'e')} JOIN written AS w USING (n)
),
blocks AS (
  INSERT INTO ${schema}.block (session, conversation, first_seq, last_seq, body, sum)
  SELECT w.key, b.conversation, b.first_seq, b.last_seq, b.body, b.sum
  FROM ${take(blockTable, 'b')} JOIN written AS w USING (n)
),
runs AS (
  INSERT INTO ${schema}.run AS kept (session, run_id, ord, body, sum)
  SELECT w.key, r.run_id, r.place + coalesce((SELECT max(ord) FROM ${schema}.run AS o WHERE o.session = w.key), 0), r.body, r.sum
  FROM ${take(runTable, 'r')} JOIN written AS w USING (n)
  ON CONFLICT (session, run_id) DO UPDATE SET body = excluded.body, sum = excluded.sum
),
commands AS (
  INSERT INTO ${schema}.command (session, principal, command_id, hash, result)
  SELECT key, principal, command_id, hash, result FROM written WHERE command_id IS NOT NULL
),
snapshots AS (
  INSERT INTO ${schema}.snapshot (session, through, state_version, body, sum)
  SELECT w.key, p.through, p.state_version, p.body, p.sum
  FROM ${take(snapshotTable, 'p')} JOIN written AS w USING (n) LEFT JOIN ${schema}.session AS s ON s.id = w.key
  WHERE p.through >= coalesce(s.floor, 0)
  ON CONFLICT (session) DO UPDATE SET through = excluded.through, state_version = excluded.state_version,
    body = excluded.body, sum = excluded.sum
)
SELECT w.n, w.n IN (SELECT n FROM written) AS "isWritten", is_counted.yes AS "isCounted",
  s.epoch, s.head, s.log_bytes AS "logBytes", c.hash, c.result, set_config('synchronous_commit', $1, true)
FROM w CROSS JOIN is_counted
LEFT JOIN ${schema}.session AS s ON s.id = w.key AND s.public_id IS NOT NULL
LEFT JOIN ${schema}.command AS c
  ON c.session = w.key AND c.principal = w.principal AND c.command_id = w.command_id
ORDER BY w.n`;
}
