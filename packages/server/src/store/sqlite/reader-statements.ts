import type Database from 'better-sqlite3';
import type {
  BlockTable,
  CommandTable,
  EntryTable,
  RunTable,
  SessionColumns,
  SnapshotTable,
} from '../sql/schema.ts';
import type { IndexedRow } from './salvage.ts';
import { SOUND_FLOOR } from './sound-floor.ts';

export type EntryRow = Omit<EntryTable, 'session'> & { readonly rowid: number };
export type BlockRecord = Omit<BlockTable, 'session'>;
type ScanParameters = {
  readonly key: number;
  readonly after: number;
  readonly before: number;
  readonly kind: number;
};
type Stretch = { readonly key: number; readonly from: number; readonly limit: number };

export type ReaderStatements = ReturnType<typeof prepareReaderStatements>;

const entryColumns = 'rowid, after, through, epoch, kind, audience, body, sum';

/**
 * The reads of the hot path, prepared once for a connection that has `sound_floor`. A removed session has no rows for any of
 * them.
 */
export function prepareReaderStatements(db: Database.Database) {
  const isThere = 'EXISTS (SELECT 1 FROM session WHERE id = @key AND public_id IS NOT NULL)';
  /** Of a removed session it is null, and nothing is above that. */
  const floor = `(SELECT ${SOUND_FLOOR} FROM session WHERE id = @key AND public_id IS NOT NULL)`;
  // The second condition on the kind is what lets SQLite use the index over everything but deltas.
  const scan = (order: 'ASC' | 'DESC') =>
    db.prepare<[ScanParameters], EntryRow>(
      `SELECT ${entryColumns} FROM entry WHERE session = @key AND through > max(@after, ${floor}) AND after < @before
         AND kind = @kind AND kind <> 0 ORDER BY through ${order}`,
    );
  const blocks = (order: 'ASC' | 'DESC') =>
    db.prepare<[Record<string, number | string>], BlockRecord>(
      `SELECT conversation, first_seq, last_seq, body, sum FROM block
       WHERE session = @key AND conversation = @conversation
         AND first_seq ${order === 'ASC' ? '>' : '<'} @from
         AND (@needle = '' OR instr(lower(body), @needle) > 0) AND last_seq > ${floor}
       ORDER BY first_seq ${order} LIMIT @limit`,
    );
  return {
    begin: db.prepare('BEGIN'),
    // A read has nothing to commit, and COMMIT fails after damage was met.
    end: db.prepare('ROLLBACK'),
    kinds: db.prepare<[], { kind: number; name: string }>('SELECT kind, name FROM event_type'),
    // The row by its number, so that its names are those of the row and not those of the index that led to it; nulls, where
    // the index has the names and the table lacks the row.
    find: db.prepare<[string, string], SessionColumns>(
      `SELECT row.* FROM session AS named LEFT JOIN session AS row ON row.id = named.id
       WHERE named.tenant = ? AND named.public_id = ?`,
    ),
    get: db.prepare<[number], SessionColumns>('SELECT * FROM session WHERE id = ? AND public_id IS NOT NULL'),
    keys: db.prepare<[], number>('SELECT id FROM session INDEXED BY session_recency').pluck(),
    ends: db.prepare<[number], Pick<SessionColumns, 'head' | 'floor'>>(
      `SELECT head, ${SOUND_FLOOR} AS floor FROM session WHERE id = ? AND public_id IS NOT NULL`,
    ),
    read: db.prepare<[number, number], EntryRow>(
      `SELECT ${entryColumns} FROM entry WHERE session = ? AND through > ? ORDER BY through`,
    ),
    readBack: db.prepare<[number, number], EntryRow>(
      `SELECT ${entryColumns} FROM entry WHERE session = ? AND through <= ? ORDER BY through DESC`,
    ),
    lastPlace: db
      .prepare<[number], number | null>('SELECT max(through) FROM entry WHERE session = ?')
      .pluck(),
    last: db.prepare<[number], EntryRow>(
      `SELECT ${entryColumns} FROM entry WHERE session = ? ORDER BY through DESC LIMIT 1`,
    ),
    scanKind: { asc: scan('ASC'), desc: scan('DESC') },
    claims: db.prepare<[{ key: number }], { first: number; epoch: number }>(
      `SELECT first, epoch FROM claim WHERE session = @key AND ${isThere} ORDER BY first`,
    ),
    command: db.prepare<
      [{ key: number; principal: string; commandId: string }],
      Pick<CommandTable, 'hash' | 'result'>
    >(
      `SELECT hash, result FROM command
       WHERE session = @key AND principal = @principal AND command_id = @commandId AND ${isThere}`,
    ),
    snapshot: db.prepare<[{ key: number }], Omit<SnapshotTable, 'session'>>(
      `SELECT through, state_version, body, sum FROM snapshot WHERE session = @key AND ${isThere}`,
    ),
    // Of one moment: a base comes with its floor.
    floorWithoutBase: db
      .prepare<[{ key: number }], number>(
        `SELECT ${SOUND_FLOOR} FROM session WHERE id = @key AND public_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM snapshot WHERE session = @key)`,
      )
      .pluck(),
    blocks: { asc: blocks('ASC'), desc: blocks('DESC') },
    runs: db.prepare<[{ key: number; ord: number; limit: number }], RunTable>(
      `SELECT * FROM run WHERE session = @key AND ord < @ord AND ${isThere} ORDER BY ord DESC LIMIT @limit`,
    ),
    // For reading around damage: where rows stand, as the index alone tells it, and each row by its number.
    indexed: {
      entry: db.prepare<[Stretch], IndexedRow>(
        `SELECT through AS place, rowid FROM entry WHERE session = @key AND through >= @from AND ${isThere}
         ORDER BY through LIMIT @limit`,
      ),
      block: db.prepare<[Stretch & { readonly conversation: string }], IndexedRow>(
        `SELECT first_seq AS place, rowid FROM block
         WHERE session = @key AND conversation = @conversation AND first_seq >= @from AND ${isThere}
         ORDER BY first_seq LIMIT @limit`,
      ),
      run: db.prepare<[Stretch], IndexedRow>(
        `SELECT ord AS place, rowid FROM run WHERE session = @key AND ord >= @from AND ${isThere} ORDER BY ord LIMIT @limit`,
      ),
      session: db.prepare<[Omit<Stretch, 'key'>], IndexedRow>(
        'SELECT id AS place, id AS rowid FROM session NOT INDEXED WHERE id >= @from ORDER BY id LIMIT @limit',
      ),
    },
    one: {
      entry: db.prepare<[number], EntryRow>(`SELECT ${entryColumns} FROM entry WHERE rowid = ?`),
      block: db.prepare<[number], BlockRecord>(
        'SELECT conversation, first_seq, last_seq, body, sum FROM block WHERE rowid = ?',
      ),
      run: db.prepare<[number], RunTable>('SELECT * FROM run WHERE rowid = ?'),
    },
    run: db.prepare<[{ key: number; runId: string }], RunTable>(
      `SELECT * FROM run WHERE session = @key AND run_id = @runId AND ${isThere}`,
    ),
  };
}
