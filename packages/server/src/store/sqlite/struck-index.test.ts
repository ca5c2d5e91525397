import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { appendSample, createSample, sampleRow } from '../../testing/session-store-samples.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import type { LogRow, LogScan, SessionRecord } from '../session-store.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

const ROWS = 500;
/** Every bit of the page in so many is struck: coprime to 8, so that each bit of a byte is. */
const STRIDE = 97;

test.each(['leaf', 'internal'])(
  '[H8] one bit of a page of the index of logs (%s): every event is shown, or stands in a mark, whoever reads how',
  async (pageType) => {
    using temporary = temporaryDirectory();
    const sessions = await writtenSessions(temporary.path);
    const path = join(temporary.path, 'perdure.db');
    const { place, size } = pageOf(path, pageType);
    const file = readFileSync(path);
    const whole = readings(path, sessions);
    for (const { rows } of whole) expect(new Set(rows.map(({ through }) => through)).size).toBe(ROWS + 1);
    const told = { struck: 0, marked: 0 };
    for (let bit = 0; bit < size * 8; bit += STRIDE) {
      const at = place + Math.floor(bit / 8);
      const byte = file.readUInt8(at);
      overwrite(path, at, byte ^ (1 << (bit % 8)));
      for (const [index, { name, rows }] of readings(path, sessions).entries()) {
        const problems = problemsOf(whole[index]?.rows ?? [], rows);
        expect(problems, `${name}: bit ${bit % 8} of byte ${Math.floor(bit / 8)} of the page`).toEqual([]);
        if (rows.some(({ body }) => body === null)) told.marked += 1;
      }
      told.struck += 1;
      overwrite(path, at, byte);
    }
    expect(told.struck).toBeGreaterThan(300);
    expect(told.marked).toBeGreaterThan(0);
  },
);

/** What is wrong with what was read: nothing may be another than it was, come twice, or be absent without a mark. */
function problemsOf(whole: readonly LogRow[], found: readonly LogRow[]): string[] {
  const texts = new Map(whole.map(({ through, body }) => [through, body]));
  const seen = new Map<number, string>();
  const problems: string[] = [];
  for (const { after, through, body } of found) {
    if (body !== null && texts.get(through) !== body) problems.push(`${through} is another`);
    for (let seq = after + 1; seq <= through; seq += 1) {
      if (seen.has(seq)) problems.push(`${seq} comes twice`);
      seen.set(seq, body ?? 'lost');
    }
  }
  return [...problems, ...[...texts.keys()].filter((seq) => !seen.has(seq)).map((seq) => `${seq} is absent`)];
}

interface Reading {
  readonly name: string;
  readonly rows: readonly LogRow[];
}

/** Each session's log, read in every way that leads through that index. */
function readings(path: string, sessions: readonly SessionRecord[]): Reading[] {
  const reader = new SqliteReader({
    path,
    durability: 'disk',
    busyTimeoutMs: 1_000,
    onDamage: () => undefined,
  });
  const whole = { after: 0, audience: 'client', maxRows: 10_000 } as const;
  const scan = (key: number, order: LogScan['order']) => reader.scan(key, { ...whole, order });
  try {
    return sessions.flatMap(({ id, key }) => [
      { name: `${id} in pages`, rows: reader.read(key, 0, Number.MAX_SAFE_INTEGER).rows },
      { name: `${id} from its beginning`, rows: scan(key, 'asc') },
      { name: `${id} from its end`, rows: scan(key, 'desc') },
    ]);
  } finally {
    reader.close();
  }
}

/** Two sessions whose rows came by turns. */
async function writtenSessions(directory: string): Promise<SessionRecord[]> {
  const store = new SqliteSessionStore({ directory });
  await store.open();
  let sessions = [await createSample(store), await createSample(store, { id: 'other' })];
  for (let seq = 2; seq <= ROWS; seq += 50) {
    const rows = Array.from({ length: Math.min(50, ROWS + 2 - seq) }, (_, index) =>
      sampleRow(seq + index - 1, { type: index % 3 === 0 ? 'log' : 'block:delta' }),
    );
    sessions = await Promise.all(sessions.map((session) => appendSample(store, session, { rows })));
  }
  await store.close();
  return sessions;
}

function pageOf(path: string, pageType: string): { readonly place: number; readonly size: number } {
  const db = new Database(path, { readonly: true });
  const pages = db
    .prepare(
      "SELECT pageno FROM dbstat WHERE name = 'sqlite_autoindex_entry_1' AND pagetype = ? ORDER BY path",
    )
    .pluck()
    .all(pageType) as number[];
  const size = Number(db.pragma('page_size', { simple: true }));
  db.close();
  return { place: ((pages[Math.floor(pages.length / 2)] ?? 1) - 1) * size, size };
}

function overwrite(path: string, place: number, byte: number): void {
  const handle = openSync(path, 'r+');
  try {
    writeSync(handle, Buffer.of(byte), 0, 1, place);
  } finally {
    closeSync(handle);
  }
}
