import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { encodeAppend } from '../../../packages/server/src/store/sql/encode-write.ts';
import { openDatabase } from '../../../packages/server/src/store/sqlite/open-database.ts';
import { SqliteReader } from '../../../packages/server/src/store/sqlite/sqlite-reader.ts';
import type { WriterDatabase } from '../../../packages/server/src/store/sqlite/writer-database.ts';
import type { WriterOptions } from '../../../packages/server/src/store/sqlite/writer-messages.ts';
import { sampleAppend } from '../../../packages/server/src/testing/session-store-samples.ts';
import { judgeSession, type Verdict } from './judge-session.ts';
import type { KnownSessions } from './known-sessions.ts';
import type { PlannedSession } from './planned-session.ts';

export interface Judged {
  readonly path: string;
  readonly durability: WriterOptions['durability'];
  /** What was known before: all of it has to be there. */
  readonly atLeast: KnownSessions;
  /** What was known after: nothing beyond it may be there. */
  readonly atMost: KnownSessions;
  /** The plan of a session by its name. */
  planOf(name: string): PlannedSession;
}

/** Opens a database with the code of the real store, as after a crash, and tells all that is wrong with it. */
export async function judgeDatabase(judged: Judged): Promise<Verdict> {
  const { path, durability } = judged;
  if (!existsSync(path)) return judgeAbsence(judged);
  const options: WriterOptions = {
    ...{ path, durability, busyTimeoutMs: 0 },
    sessionLogBytes: Number.MAX_SAFE_INTEGER,
    maxDatabaseBytes: undefined,
  };
  let writer: WriterDatabase | undefined;
  try {
    writer = await openDatabase(options);
    const verdict = judgeOpened(judged, options);
    return { ...verdict, faults: [...verdict.faults, ...judgeWriting(judged, writer)] };
  } catch (error) {
    return { lost: 0, faults: [`It does not open: ${String(error)}.`] };
  } finally {
    writer?.close();
  }
}

function judgeAbsence({ atLeast }: Judged): Verdict {
  const committed = [...atLeast.sessions.values()].reduce((sum, session) => sum + session.committed + 1, 0);
  return { lost: committed, faults: committed === 0 ? [] : ['The database is gone.'] };
}

function judgeOpened(judged: Judged, options: WriterOptions): Verdict {
  const { path, durability, atLeast, atMost, planOf } = judged;
  const faults: string[] = [];
  const reader = new SqliteReader({
    ...options,
    onDamage: (table, session) => faults.push(`A row of ${table} of session ${session} is damaged.`),
  });
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    faults.push(...judgeWhole(db));
    const records = db
      .prepare<[], { id: number; title: string }>('SELECT id, title FROM session WHERE public_id IS NOT NULL')
      .all();
    const places = new Map(records.map(({ id, title }) => [title.split(' ')[0] ?? '', { key: id, title }]));
    let lost = 0;
    for (const [name, most] of atMost.sessions) {
      const found = places.get(name);
      const least = atLeast.sessions.get(name);
      const verdict = judgeSession({ reader, db, durability, found, least, most, plan: planOf(name) });
      lost += verdict.lost;
      faults.push(...verdict.faults);
    }
    const unknown = [...places.keys()].filter((name) => !atMost.sessions.has(name));
    return { lost, faults: [...faults, ...unknown.map((name) => `Nobody made ${name}.`)] };
  } finally {
    reader.close();
    db.close();
  }
}

/** What must hold of the file whatever is in it. */
function judgeWhole(db: Database.Database): string[] {
  const integrity = db.pragma('integrity_check', { simple: true });
  const strays = ['entry', 'block', 'run', 'command', 'snapshot', 'claim'].filter(
    (table) =>
      db.prepare(`SELECT 1 FROM ${table} WHERE session NOT IN (SELECT id FROM session) LIMIT 1`).get() !==
      undefined,
  );
  const high = db
    .prepare(
      "SELECT (SELECT value FROM counter WHERE name = 'session') >= (SELECT coalesce(max(id), 0) FROM session)",
    )
    .pluck()
    .get();
  return [
    ...(integrity === 'ok' ? [] : [`The file is corrupt: ${String(integrity).slice(0, 200)}.`]),
    ...strays.map((table) => `There are rows of ${table} of no session.`),
    ...(high === 1 ? [] : ['The counter of sessions is behind them.']),
  ];
}

/** The next owner claims, under an epoch that nobody has seen. */
function judgeWriting({ path, atLeast }: Judged, writer: WriterDatabase): string[] {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  const record = db
    .prepare<[], { id: number; epoch: number; head: number }>(
      'SELECT id, epoch, head FROM session WHERE public_id IS NOT NULL ORDER BY id LIMIT 1',
    )
    .get();
  db.close();
  if (record === undefined) return [];
  const claim = sampleAppend({ key: record.id, epoch: record.epoch, head: record.head }, { claim: true });
  const [outcome] = writer.write([encodeAppend(claim)]);
  const known = [...atLeast.sessions.values()].flatMap(({ epochs }) => [...epochs.values()]);
  const newest = Math.max(0, ...known);
  const isNewer = outcome?.kind === 'committed' && outcome.epoch > newest;
  return isNewer ? [] : [`A claim after ${newest} ended as ${JSON.stringify(outcome)}.`];
}
