// Damage to the records of sessions. Each server writes all of them anew, so that the last of them stand in the log of writes,
// where any change ends the log: that is brought into the database first, as a server does by and by.
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Damage } from './damages.ts';

const PAGE_BYTES = 4_096;

/** Flips one bit of a page that holds records, where there is something on it. */
export function flipInRecord(random: SeededRandom): Damage {
  const [at, bit] = [random.below(2 ** 30), random.below(8)];
  return {
    name: `perdure.db, with its log brought in: bit ${bit} of byte ${at}, counted round, of the records flipped`,
    file: 'perdure.db',
    apply: (directory) => {
      const pages = changed(directory, (db) =>
        db.prepare("SELECT pageno FROM dbstat WHERE name = 'session' AND pagetype = 'leaf'").pluck().all(),
      ) as number[];
      const path = join(directory, 'perdure.db');
      const file = readFileSync(path);
      const places = pages.flatMap((page) => usedBytes(file, (page - 1) * PAGE_BYTES));
      const place = places[at % places.length] ?? 0;
      file.writeUInt8(file.readUInt8(place) ^ (1 << bit), place);
      writeFileSync(path, file);
    },
  };
}

/** Flips one bit of the floor of a session, or of its checksum. */
export function flipInFloor(random: SeededRandom): Damage {
  const column = random.pick(['floor', 'floor', 'floor_sum']);
  const [session, bit] = [random.below(2 ** 30), random.below(column === 'floor' ? 12 : 32)];
  return {
    name: `perdure.db, with its log brought in: bit ${bit} of ${column} of session ${session}, counted round, flipped`,
    file: 'perdure.db',
    apply: (directory) =>
      changed(directory, (db) => {
        const keys = db.prepare('SELECT id FROM session ORDER BY floor DESC').pluck().all();
        const value = `(${column} | @mask) - (${column} & @mask)`;
        const change = db.prepare(`UPDATE session SET ${column} = ${value} WHERE id = @key`);
        change.run({ mask: 2 ** bit, key: keys[session % keys.length] });
      }),
  };
}

/** Flips one bit of the text that a log without its beginning goes on from. */
export function flipInBase(random: SeededRandom): Damage {
  const [session, at, bit] = [random.below(2 ** 30), random.below(2 ** 30), random.below(7)];
  return {
    name: `perdure.db, with its log brought in: bit ${bit} of byte ${at} of base ${session}, counted round, flipped`,
    file: 'perdure.db',
    apply: (directory) =>
      changed(directory, (db) => {
        const bases = 'SELECT session, body FROM snapshot JOIN session ON id = session WHERE floor > 0';
        const found = db.prepare(`${bases} ORDER BY session`).all() as { session: number; body: string }[];
        const struck = found[session % found.length];
        if (struck === undefined) throw new Error('There is no base.');
        const body = Buffer.from(struck.body);
        const place = at % body.length;
        body.writeUInt8(body.readUInt8(place) ^ (1 << bit), place);
        const change = db.prepare('UPDATE snapshot SET body = CAST(? AS TEXT) WHERE session = ?');
        change.run(body, struck.session);
      }),
  };
}

function changed<T>(directory: string, change: (db: Database.Database) => T): T {
  const db = new Database(join(directory, 'perdure.db'));
  try {
    db.pragma('wal_checkpoint(TRUNCATE)');
    return change(db);
  } finally {
    db.close();
  }
}

/** Places of the bytes of a leaf page that are not free: its header, where its rows begin, and the rows. */
function usedBytes(file: Buffer, page: number): number[] {
  const rows = file.readUInt16BE(page + 3);
  const begin = file.readUInt16BE(page + 5);
  const isUsed = (at: number) => at < 8 + 2 * rows || at >= begin;
  return Array.from({ length: PAGE_BYTES }, (_, at) => at)
    .filter(isUsed)
    .map((at) => page + at);
}
