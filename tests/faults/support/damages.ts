import { closeSync, openSync, readFileSync, readSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { flipInBase, flipInFloor, flipInRecord } from './struck-records.ts';

const PAGE_BYTES = 4_096;
const SECTOR_BYTES = 512;
/** As far back from the end of the write-ahead log as it is cut. */
const TAIL_BYTES = 65_536;
/** Where a page says what is on it, and where. */
const STRUCTURE_BYTES = 48;

export interface Damage {
  readonly name: string;
  /** What is struck: the database, or the log of writes that it does not have yet. */
  readonly file: 'perdure.db' | 'perdure.db-wal';
  apply(directory: string): void;
}

/** How many damages there are to be of each kind. */
export interface DamagePlan {
  readonly logCuts: number;
  readonly logFlips: number;
  readonly flips: number;
  /** Flips among the bytes that say what is on a page. */
  readonly structureFlips: number;
  /** Flips among the records of sessions. */
  readonly recordFlips: number;
  /** Flips of what says how much of a log is not kept. */
  readonly floorFlips: number;
  /** Flips in what stands for that. */
  readonly baseFlips: number;
  readonly zeroedPages: number;
  readonly cuts: number;
}

/** Damages of every kind to copies of one database. */
export function damagesOf(directory: string, plan: DamagePlan, random: SeededRandom): Damage[] {
  const sizes = { db: sizeOf(directory, 'perdure.db'), log: sizeOf(directory, 'perdure.db-wal') };
  const pages = usedPages(directory);
  const flips = random.fork('flips');
  const cuts = random.fork('cuts');
  const zeroes = random.fork('zeroes');
  const records = random.fork('records');
  const pageOf = (chance: SeededRandom) => (chance.pick(pages) - 1) * PAGE_BYTES;
  return [
    ...times(plan.logCuts, (index) => {
      const steps = Math.ceil(((index + 1) * (TAIL_BYTES / SECTOR_BYTES)) / plan.logCuts);
      return cut('perdure.db-wal', sizes.log - steps * SECTOR_BYTES);
    }),
    ...times(plan.logFlips, () => flip('perdure.db-wal', flips.below(sizes.log), flips.below(8))),
    ...times(plan.flips, () => flip('perdure.db', flips.below(sizes.db), flips.below(8))),
    ...times(plan.structureFlips, () =>
      flip('perdure.db', pageOf(flips) + flips.below(STRUCTURE_BYTES), flips.below(8)),
    ),
    ...times(plan.recordFlips, () => flipInRecord(records)),
    ...times(plan.floorFlips, () => flipInFloor(records)),
    ...times(plan.baseFlips, () => flipInBase(records)),
    ...times(plan.zeroedPages, (index) => zero(index === 0 ? 0 : pageOf(zeroes))),
    ...times(plan.cuts, (index) =>
      cut(
        'perdure.db',
        index % 2 === 0 ? cuts.below(sizes.db / PAGE_BYTES) * PAGE_BYTES : cuts.below(sizes.db),
      ),
    ),
  ];
}

/** Pages that belong to a table or an index; the others hold nothing. */
function usedPages(directory: string): number[] {
  const db = new Database(join(directory, 'perdure.db'), { readonly: true });
  try {
    return db.prepare('SELECT pageno FROM dbstat').pluck().all() as number[];
  } finally {
    db.close();
  }
}

/** Zeroes a page of rows of logs that has long been in the file: in the middle of all that there are. */
export function withoutRows(directory: string): Damage {
  // The file alone, without what only the log of writes has: in memory, where there is none.
  const image = readFileSync(join(directory, 'perdure.db'));
  image.fill(1, 18, 20);
  const db = new Database(image);
  try {
    const rows = "SELECT pageno FROM dbstat WHERE name = 'entry' AND pagetype = 'leaf' ORDER BY path";
    const pages = db.prepare(rows).pluck().all() as number[];
    return zero(((pages[Math.floor(pages.length / 2)] ?? 1) - 1) * PAGE_BYTES);
  } finally {
    db.close();
  }
}

function flip(file: Damage['file'], place: number, bit: number): Damage {
  return {
    name: `${file}: bit ${bit} of byte ${place} flipped`,
    file,
    apply: (directory) => {
      const byte = Buffer.alloc(1);
      onFile(join(directory, file), (handle) => {
        readSync(handle, byte, 0, 1, place);
        byte.writeUInt8(byte.readUInt8(0) ^ (1 << bit), 0);
        writeSync(handle, byte, 0, 1, place);
      });
    },
  };
}

function cut(file: Damage['file'], size: number): Damage {
  return {
    name: `${file}: cut to ${size} bytes`,
    file,
    apply: (directory) => truncateSync(join(directory, file), size),
  };
}

export function zero(place: number): Damage {
  return {
    name: `perdure.db: page at ${place} zeroed`,
    file: 'perdure.db',
    apply: (directory) =>
      onFile(join(directory, 'perdure.db'), (handle) =>
        writeSync(handle, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, place),
      ),
  };
}

function onFile(path: string, work: (handle: number) => void): void {
  const handle = openSync(path, 'r+');
  try {
    work(handle);
  } finally {
    closeSync(handle);
  }
}

function sizeOf(directory: string, file: string): number {
  return statSync(join(directory, file)).size;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
