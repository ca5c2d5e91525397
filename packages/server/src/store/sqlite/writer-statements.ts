import type Database from 'better-sqlite3';
import type { SessionColumns } from '../sql/schema.ts';
import type { ChangedColumns } from '../sql/session-columns.ts';

export type WriterStatements = ReturnType<typeof prepareWriterStatements>;

/** The statements of the hot path, prepared once for a connection: through a query builder each costs several times more. */
export function prepareWriterStatements(db: Database.Database) {
  const advances = new Map<string, Database.Statement<[Record<string, unknown>]>>();
  return {
    savepoint: db.prepare('SAVEPOINT one'),
    release: db.prepare('RELEASE one'),
    rollback: db.prepare('ROLLBACK TO one'),

    // A counter that a disk has spoilt must not give a number that a session has, or that rows of one have: none could be created
    // any more. Nor may the number of a row that it has spoilt raise the counter to what JavaScript cannot hold.
    raise: db
      .prepare<[string], number>(
        `UPDATE counter SET value = 1 +
           CASE WHEN name = 'session' AND EXISTS (
               SELECT 1 FROM session WHERE id = value + 1 UNION ALL SELECT 1 FROM claim WHERE session = value + 1
             )
             THEN max(
               (SELECT coalesce(max(id), 0) FROM session WHERE id < ${2 ** 52}),
               (SELECT coalesce(max(session), 0) FROM claim WHERE session < ${2 ** 52})
             )
             ELSE value END
         WHERE name = ? RETURNING value`,
      )
      .pluck(),
    kinds: db.prepare<[], { kind: number; name: string }>('SELECT kind, name FROM event_type'),
    addKind: db
      .prepare<[string], number>(
        'INSERT INTO event_type (kind, name) VALUES ((SELECT max(kind) + 1 FROM event_type), ?) RETURNING kind',
      )
      .pluck(),

    session: db.prepare<[number], SessionColumns>('SELECT * FROM session WHERE id = ?'),
    named: db.prepare<[string, string], SessionColumns>(
      'SELECT * FROM session WHERE tenant = ? AND public_id = ?',
    ),
    addSession: db.prepare<[Omit<SessionColumns, never>]>(insertSession),
    unname: db.prepare<[number]>(
      'UPDATE session SET public_id = NULL, unsettled = 0, unswept = 0 WHERE id = ?',
    ),
    removed: marked(db, 'public_id IS NULL'),
    unswept: marked(db, 'unswept = 1'),
    shrink: db.prepare<[number, number]>('UPDATE session SET log_bytes = log_bytes - ? WHERE id = ?'),

    /** Moves the head on, for the holder of the claim only: with no row changed, nothing may be written. */
    advance(columns: ChangedColumns) {
      const names = Object.keys(columns).join();
      const known = advances.get(names);
      if (known !== undefined) return known;
      const prepared = db.prepare<[Record<string, unknown>]>(advanceSession(Object.keys(columns)));
      advances.set(names, prepared);
      return prepared;
    },

    lastPlace: db
      .prepare<[number], number | null>('SELECT max(through) FROM entry WHERE session = ?')
      .pluck(),
    addClaim: db.prepare<[number, number, number]>(
      'INSERT INTO claim (session, first, epoch) VALUES (?, ?, ?)',
    ),
    addEntry: db.prepare<[number, number, number, number, number, number, string, number]>(
      'INSERT INTO entry (session, after, through, epoch, kind, audience, body, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    addBlock: db.prepare<[number, string, number, number, string, number]>(
      'INSERT INTO block (session, conversation, first_seq, last_seq, body, sum) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    putRun: db.prepare<[{ session: number; runId: string; body: string; sum: number }]>(
      `INSERT INTO run (session, run_id, ord, body, sum)
       VALUES (@session, @runId, (SELECT coalesce(max(ord), 0) + 1 FROM run WHERE session = @session), @body, @sum)
       ON CONFLICT (session, run_id) DO UPDATE SET body = excluded.body, sum = excluded.sum`,
    ),
    command: db.prepare<[number, string, string], { hash: string; result: string }>(
      'SELECT hash, result FROM command WHERE session = ? AND principal = ? AND command_id = ?',
    ),
    addCommand: db.prepare<[number, string, string, string, string]>(
      'INSERT INTO command (session, principal, command_id, hash, result) VALUES (?, ?, ?, ?, ?)',
    ),
    putSnapshot: db.prepare<[number, number, number, string, number]>(
      `INSERT INTO snapshot (session, through, state_version, body, sum) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (session) DO UPDATE SET through = excluded.through, state_version = excluded.state_version,
         body = excluded.body, sum = excluded.sum
       WHERE excluded.through >= (SELECT floor FROM session WHERE id = excluded.session)`,
    ),
  };
}

/** The sessions with a mark, as a small index has them, and as their table does. */
function marked(db: Database.Database, mark: string) {
  const keys = (from: string) =>
    db.prepare<[], number>(`SELECT id FROM ${from} WHERE ${mark} ORDER BY id`).pluck();
  return { indexed: keys('session'), inTable: keys('session NOT INDEXED') };
}

const sessionColumns: readonly (keyof SessionColumns)[] = [
  ...(['id', 'tenant', 'public_id', 'owner', 'parent', 'created_at', 'epoch', 'head', 'log_bytes'] as const),
  ...(['title', 'title_folded', 'tags', 'metadata', 'agent', 'swarm', 'archived', 'activity'] as const),
  ...([
    'open_requests',
    'last_text',
    'last_text_folded',
    'unsettled',
    'updated_at',
    'floor',
    'floor_sum',
    'unswept',
  ] as const),
];

const insertSession = `INSERT INTO session (${sessionColumns.join()})
  VALUES (${sessionColumns.map((name) => `@${name}`).join()})`;

function advanceSession(changed: readonly string[]): string {
  const sets = changed.map((name) => `, ${name} = ${setTo(name)}`).join('');
  return `UPDATE session SET head = @through, epoch = @nextEpoch, log_bytes = log_bytes + @bytes${sets}
    WHERE id = @key AND epoch = @seenEpoch AND head = @seenHead AND public_id IS NOT NULL
      AND log_bytes + @bytes <= @maxBytes`;
}

/** A floor only rises, and its checksum with it. One that was struck gives way to one above it, of a writer that knew it whole. */
function setTo(name: string): string {
  return name === 'floor' || name === 'floor_sum' ? `iif(floor > @floor, ${name}, @${name})` : `@${name}`;
}
