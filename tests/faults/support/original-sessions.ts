import { join } from 'node:path';
import {
  type AnyEvent,
  emptySessionState,
  reduceSession,
  type SessionState,
  windowSessionState,
} from '@perdure/protocol';
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
  /** Events up to here are not kept. */
  readonly floor: number;
  /** Seqs of the events that are in it. */
  readonly kept: readonly number[];
  /** What its record must say to be used. */
  readonly record: string;
  /** What a log without its beginning goes on from; nothing where it is whole. */
  readonly base: string;
  /** What all that was ever in it makes together. */
  readonly state: string;
}

/** Reads the sessions of a database whose server is gone. Throws if one was shown something else than was kept. */
export function readOriginals(directory: string, witness: Witness): OriginalSession[] {
  const db = new Database(join(directory, 'perdure.db'));
  try {
    const sessions = db.prepare('SELECT id, public_id, floor, unswept FROM session ORDER BY id').all();
    return (sessions as SessionRow[]).map(({ id: key, public_id: id, floor, unswept }) => {
      if (unswept === 1) throw new Error(`${id} has rows that are not kept.`);
      const rows = rowsOf(db, key);
      const kept = rows
        .flatMap(({ body }) => (body === '' ? [] : body.split(',\t'))) // nothing: compaction took it out
        .map((text) => ({ text, seq: JSON.parse(text).seq as number }))
        .filter(({ seq }) => seq > floor);
      const events = new Map(witness.textsOf(id));
      for (const { seq, text } of kept) {
        if (events.get(seq) !== text)
          throw new Error(`${id} ${seq} was shown as ${events.get(seq)}, kept as ${text}`);
      }
      const [record, base] = [recordOf(db, key), baseOf(db, key)];
      const state = stateText(windowSessionState(foldOf(id, events)));
      const seqs = kept.map(({ seq }) => seq);
      return { key, id, rows: JSON.stringify(rows), events, floor, kept: seqs, record, base, state };
    });
  } finally {
    db.close();
  }
}

/** A state as text, whatever the order in which its fields came to be. */
export function stateText(state: unknown): string {
  return JSON.stringify(state, (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function foldOf(id: string, events: ReadonlyMap<number, string>): SessionState {
  const inOrder = [...events].sort(([a], [b]) => a - b).map(([, text]) => JSON.parse(text) as AnyEvent);
  return inOrder.reduce(reduceSession, emptySessionState(id));
}

interface SessionRow {
  readonly id: number;
  readonly public_id: string;
  readonly floor: number;
  readonly unswept: number;
}

/** What plain SQL finds of sessions. */
export interface Found {
  /** Ids of those that are as whole as they were: nothing of them was struck. */
  readonly sound: ReadonlySet<string>;
  /** Ids of those without the beginning of their log whose floor, or whose base, is another than it was. */
  readonly struck: ReadonlySet<string>;
}

export function findSessions(directory: string, originals: readonly OriginalSession[]): Found {
  const idsOf = (is: (db: Database.Database, session: OriginalSession) => boolean) =>
    new Set(originals.filter((session) => isOnDisk(directory, session, is)).map(({ id }) => id));
  return { sound: idsOf(isSound), struck: idsOf(isStruck) };
}

/** Each on a connection of its own: SQLite refuses a page that is not laid out right once, and takes it for read after that. */
function isOnDisk(
  directory: string,
  session: OriginalSession,
  is: (db: Database.Database, session: OriginalSession) => boolean,
): boolean {
  let db: Database.Database | undefined;
  try {
    db = new Database(join(directory, 'perdure.db'), { readonly: true });
    db.pragma('cell_size_check = ON'); // as servers read: a page that is not laid out right costs all that is on it
    return is(db, session);
  } catch {
    return false; // it cannot even be opened, or what was asked cannot be read
  } finally {
    db?.close();
  }
}

function isStruck(db: Database.Database, { key, id, floor, base }: OriginalSession): boolean {
  const found = db.prepare('SELECT public_id, floor FROM session WHERE id = ?').get(key);
  if (Object(found).public_id !== id) return false; // it is not even found
  return Object(found).floor !== floor || baseOf(db, key) !== base;
}

function isSound(db: Database.Database, { key, id, rows, record, base }: OriginalSession): boolean {
  const found = db.prepare('SELECT id FROM session WHERE public_id = ? AND tenant = ?').get(id, 'default');
  return (
    Object(found).id === key &&
    recordOf(db, key) === record &&
    baseOf(db, key) === base &&
    JSON.stringify(rowsOf(db, key)) === rows
  );
}

const necessary = [
  ...['tenant', 'public_id', 'owner', 'parent', 'created_at', 'agent', 'swarm'],
  ...['epoch', 'head', 'floor', 'floor_sum'],
];

/**
 * What its record must say to be used, as it stands in its row: an index may still have the names that it had. A floor that
 * was struck hides what is whole, or says that what is gone is there: it has to be told like any other damage. Throws where a
 * part of the row cannot be read, be it one that is not needed: nobody knows what the others are worth then.
 */
function recordOf(db: Database.Database, key: number): string {
  const record: Record<string, unknown> = Object(db.prepare('SELECT * FROM session WHERE id = ?').get(key));
  return JSON.stringify(necessary.map((column) => record[column]));
}

/** A log that is whole is folded from its beginning: without its snapshot nothing is lost. */
function baseOf(db: Database.Database, key: number): string {
  const floor = db.prepare('SELECT floor FROM session WHERE id = ?').pluck().get(key);
  return floor === 0 ? '' : JSON.stringify(db.prepare('SELECT * FROM snapshot WHERE session = ?').get(key));
}

function rowsOf(db: Database.Database, key: number): { readonly body: string }[] {
  const rows = db.prepare('SELECT * FROM entry WHERE session = ? AND audience = 0 ORDER BY through');
  return rows.all(key) as { body: string }[];
}
