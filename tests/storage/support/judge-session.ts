import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@perdure/protocol';
import type Database from 'better-sqlite3';
import type { CommandRecord } from '../../../packages/server/src/store/session-store.ts';
import type { SqliteReader } from '../../../packages/server/src/store/sqlite/sqlite-reader.ts';
import type { KnownSession } from './known-sessions.ts';
import { type PlannedSession, titleOf } from './planned-session.ts';

export interface Verdict {
  /** Appends that were answered as committed and are not there. */
  readonly lost: number;
  /** What is wrong besides: corrupt, half written, come back, made up. */
  readonly faults: readonly string[];
}

export interface JudgedSession {
  readonly reader: SqliteReader;
  readonly db: Database.Database;
  readonly durability: 'disk' | 'process';
  readonly found: { readonly key: number; readonly title: string } | undefined;
  readonly least: KnownSession | undefined;
  readonly most: KnownSession;
  readonly plan: PlannedSession;
}

/** Holds what is there of a session against what was sent and answered. */
export function judgeSession(judged: JudgedSession): Verdict {
  const { durability, found, least, most, plan } = judged;
  const committed = least?.committed ?? -1;
  if (found === undefined) {
    if (committed < 0 || most.removes) return { lost: 0, faults: [] };
    // Its creation claimed.
    return { lost: committed + 1, faults: [`${plan.name} is gone.`] };
  }
  const number = Number(found.title.slice(plan.name.length + 1));
  // Of what is done at the level `process`, a power cut may undo the last.
  if (least?.removed && durability === 'disk') return { lost: 0, faults: [`${plan.name} came back.`] };
  if (number > most.sent) return { lost: 0, faults: [`${plan.name} has ${number}, sent were ${most.sent}.`] };
  const lost = Math.max(0, committed - number);
  const unclaimed = number < (least?.claimed ?? -1) ? [`${plan.name} lost a claim.`] : [];
  const isForbidden = lost > 0 && durability === 'disk';
  const losses = isForbidden ? [`${plan.name} ends with ${number}, answered was ${committed}.`] : [];
  return { lost, faults: [...losses, ...unclaimed, ...contentFaults(judged, found.key, number)] };
}

/** Rows, record, blocks, runs, commands, snapshot and claims are those of the first `number` appends, and no others. */
function contentFaults(judged: JudgedSession, key: number, number: number): string[] {
  const { reader, db, durability, most, least, plan } = judged;
  const appends = plan.upTo(number);
  const [from, to] = [durability === 'disk' ? (least?.compacted ?? 0) : 0, most.compacts];
  const rows = appends.flatMap((append) => append.rows);
  const { rows: kept, head } = reader.read(key, 0, Number.MAX_SAFE_INTEGER);
  const floor = appends.findLast((append) => append.floor !== undefined)?.floor ?? 0;
  const hidden = rowsUpTo(db, key, floor);
  const keptPlaces = new Set(kept.map(({ through }) => through));
  const expected = rows.filter(({ through }) => keptPlaces.has(through));
  const missing = rows.filter(({ through }) => !keptPlaces.has(through));
  const record = reader.records.get(key);
  const claims = reader.claims(key);
  const epochAt = (seq: number) => claims.findLast(({ first }) => first <= seq)?.epoch;
  const runs = new Map(appends.flatMap((append) => append.runs).map((run) => [run.runId, run]));
  const page = { conversationId: 'main', order: 'asc', limit: 100_000 } as const;
  const claiming = most.claims.filter((claim) => claim <= number);
  const commands = appends.flatMap(({ command }) => command ?? []);
  const told: Record<string, boolean> = {
    'rows are not those that were sent': isDeepStrictEqual(kept.map(withoutEpoch), expected),
    'rows are missing': missing.every(
      ({ type, through }) => through <= floor || (type === 'block:delta' && through < to),
    ),
    'rows below the floor are shown': kept.every(({ through }) => through > floor),
    'rows below the floor are forgotten': hidden.count === 0 || hidden.isMarked,
    'the floor is wrong': record?.floor === floor,
    'rows are left of a compaction': kept.every(
      ({ type, through }) => type !== 'block:delta' || through >= from,
    ),
    'rows have a wrong epoch': kept.every(({ epoch, through }) => epoch === epochAt(through)),
    'the head is wrong': head === appends.at(-1)?.head && record?.head === head,
    'the record is wrong':
      record?.title === titleOf(plan.name, number) &&
      record.unsettled === (number % 2 === 1) &&
      record.lastText === `${number}` &&
      record.epoch === claims.at(-1)?.epoch,
    'the size is wrong':
      record?.logBytes === kept.reduce((sum, { body }) => sum + Buffer.byteLength(body ?? ''), hidden.bytes),
    'blocks are wrong': isDeepStrictEqual(
      reader.blocks(key, page),
      appends.flatMap(({ blocks }) => blocks).filter(({ lastSeq }) => lastSeq > floor),
    ),
    'runs are wrong': isDeepStrictEqual(reader.runs(key, { limit: 100_000 }), [...runs.values()].reverse()),
    'commands are wrong': isDeepStrictEqual(commandsOf(db, key), commands),
    'the snapshot is wrong': isDeepStrictEqual(
      reader.snapshot(key),
      appends.findLast(({ snapshot }) => snapshot !== undefined)?.snapshot,
    ),
    'claims are wrong': isDeepStrictEqual(
      claims.map(({ first }) => first),
      claiming.map((claim) => (claim === 0 ? 1 : plan.at(claim - 1).head + 1)),
    ),
    'epochs do not rise': claims.every(({ epoch }, index) => epoch > (claims[index - 1]?.epoch ?? 0)),
    'an answered epoch is another': [...(least?.epochs ?? [])].every(
      ([append, epoch]) => append > number || epochAt(plan.at(append).head) === epoch,
    ),
  };
  return Object.entries(told).flatMap(([what, holds]) =>
    holds ? [] : [`${plan.name} at ${number}: ${what}.`],
  );
}

/** What a floor has hidden and no slice has taken out yet, and whether the session is marked so that one will. */
function rowsUpTo(
  db: Database.Database,
  key: number,
  floor: number,
): { readonly count: number; readonly bytes: number; readonly isMarked: boolean } {
  const rows = db
    .prepare<[number, number], { count: number; bytes: number }>(
      `SELECT count(*) AS count, coalesce(sum(octet_length(body)), 0) AS bytes FROM entry
       WHERE session = ? AND through <= ?`,
    )
    .get(key, floor);
  const blocks = db
    .prepare<[number, number], number>('SELECT count(*) FROM block WHERE session = ? AND last_seq <= ?')
    .pluck()
    .get(key, floor);
  const mark = db.prepare<[number], number>('SELECT unswept FROM session WHERE id = ?').pluck().get(key);
  return {
    count: (rows?.count ?? 0) + (blocks ?? 0),
    bytes: rows?.bytes ?? 0,
    isMarked: mark === 1,
  };
}

interface CommandColumns {
  readonly principal: string;
  readonly command_id: string;
  readonly hash: string;
  readonly result: string;
}

function commandsOf(db: Database.Database, key: number): CommandRecord[] {
  return db
    .prepare<[number], CommandColumns>('SELECT * FROM command WHERE session = ? ORDER BY rowid')
    .all(key)
    .map(({ principal, command_id, hash, result }) => ({
      ...{ principalId: principal, commandId: command_id, hash, result: JSON.parse(result) as JsonObject },
    }));
}

const withoutEpoch = ({ epoch: _, ...row }: { readonly epoch: number }) => row;
