import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Witness } from './witness.ts';

/** What a session's log held before anything was damaged. */
export interface OriginalSession {
  readonly key: number;
  readonly id: string;
  /** The rows that were kept, in order, with all that stands beside their text: a struck checksum costs its row too. */
  readonly rows: string;
  /** Every event that was ever in it by its seq, those that compaction has taken out too. */
  readonly events: ReadonlyMap<number, string>;
  /** Seqs of the events that are in it. */
  readonly kept: readonly number[];
}

/** Reads the sessions of a database whose server is gone. Throws if one was shown something else than was kept. */
export function readOriginals(directory: string, witness: Witness): OriginalSession[] {
  const db = new Database(join(directory, 'perdure.db'));
  try {
    const sessions = db.prepare('SELECT id, public_id FROM session ORDER BY id').all();
    return (sessions as { id: number; public_id: string }[]).map(({ id: key, public_id: id }) => {
      const rows = rowsOf(db, key);
      const kept = rows
        .flatMap(({ body }) => body.split(',\t'))
        .map((text) => ({ text, seq: JSON.parse(text).seq }));
      const events = new Map(witness.textsOf(id));
      for (const { seq, text } of kept) {
        if (events.get(seq) !== text)
          throw new Error(`${id} ${seq} was shown as ${events.get(seq)}, kept as ${text}`);
      }
      return { key, id, rows: JSON.stringify(rows), events, kept: kept.map(({ seq }) => seq) };
    });
  } finally {
    db.close();
  }
}

/** Ids of the sessions that plain SQL finds as whole as they were: nothing of them was struck. */
export function soundIds(directory: string, originals: readonly OriginalSession[]): string[] {
  let db: Database.Database | undefined;
  try {
    const opened = new Database(join(directory, 'perdure.db'), { readonly: true });
    db = opened;
    return originals.filter((session) => isSound(opened, session)).map(({ id }) => id);
  } catch {
    return []; // it cannot even be opened
  } finally {
    db?.close();
  }
}

function isSound(db: Database.Database, { key, id, rows }: OriginalSession): boolean {
  try {
    const found = db
      .prepare('SELECT id, floor FROM session WHERE public_id = ? AND tenant = ?')
      .get(id, 'default');
    // A floor that was struck hides what is whole: it has to be told like any other damage of that session.
    const isItself = Object(found).id === key && Object(found).floor === 0;
    return isItself && JSON.stringify(rowsOf(db, key)) === rows;
  } catch {
    return false;
  }
}

function rowsOf(db: Database.Database, key: number): { readonly body: string }[] {
  const rows = db.prepare('SELECT * FROM entry WHERE session = ? AND audience = 0 ORDER BY through');
  return rows.all(key) as { body: string }[];
}
