import { randomInt } from 'node:crypto';
import { EPOCH_RANDOM_BITS, epochOf } from '../epoch.ts';
import { floorStruck, hasSoundFloor, sumOfFloor } from '../sql/floor-sum.ts';
import { jsonOr } from '../sql/json-or.ts';
import { placeOfBlock, placeOfEntry, placeOfRun, placeOfSnapshot } from '../sql/row-places.ts';
import type { SessionColumns } from '../sql/schema.ts';
import { sumOf } from '../sql/sum-of.ts';
import type { AppendWrite, CreateWrite, LogWrite, WriteOutcome } from '../sql/write.ts';
import type { WriterStatements } from './writer-statements.ts';

/** What a write needs of the connection it runs on. */
export interface WriteContext {
  readonly statements: WriterStatements;
  /** The number under which an event type is kept. */
  kindOf(type: string): number;
  /** Bytes that one session's log may have. */
  readonly sessionLogBytes: number;
}

export function writeAppend(context: WriteContext, write: AppendWrite): WriteOutcome {
  const { statements, sessionLogBytes } = context;
  const { key, after, bytes, command, floor } = write;
  const columns =
    floor === undefined
      ? write.columns
      : { ...write.columns, floor, floor_sum: sumOfFloor(key, floor), unswept: 1 as const };
  const known = command && statements.command.get(key, command.principal, command.commandId);
  if (known !== undefined && isThere(statements.session.get(key))) {
    return { kind: 'duplicate', hash: known.hash, result: jsonOr(known.result, {}) };
  }
  const epoch = write.claim ? nextEpoch(statements) : write.epoch;
  const { changes } = statements.advance(columns).run({
    ...columns,
    ...{ key, bytes, seenEpoch: write.epoch, nextEpoch: epoch, seenHead: after },
    through: write.entries.at(-1)?.through ?? after,
    maxBytes: write.essential ? Number.MAX_SAFE_INTEGER : sessionLogBytes,
  });
  if (changes !== 1) return whyNot(statements, write, sessionLogBytes);
  if (write.claim) statements.addClaim.run(key, after + 1, epoch);
  writeRows(context, key, epoch, write);
  return { kind: 'committed', epoch };
}

export function writeCreate(context: WriteContext, write: CreateWrite): WriteOutcome {
  const { statements } = context;
  const { columns } = write;
  const holder = statements.named.get(columns.tenant, columns.public_id ?? '');
  if (holder !== undefined) return hasSoundFloor(holder) ? { kind: 'exists', row: holder } : floorStruck;
  const key = raise(statements, 'session');
  const epoch = nextEpoch(statements);
  const head = write.entries.at(-1)?.through ?? 0;
  const given = { id: key, epoch, head, log_bytes: write.bytes, floor: 0, floor_sum: 0, unswept: 0 } as const;
  const row: SessionColumns = { ...columns, ...given };
  statements.addSession.run(row);
  statements.addClaim.run(key, 1, epoch);
  writeRows(context, key, epoch, write);
  return { kind: 'created', row };
}

function writeRows({ statements, kindOf }: WriteContext, key: number, epoch: number, write: LogWrite): void {
  for (const { after, through, type, audience, body } of write.entries) {
    const kind = kindOf(type);
    const sum = sumOf(body, placeOfEntry(key, { after, through, epoch, kind, audience }));
    statements.addEntry.run(key, after, through, epoch, kind, audience, body, sum);
  }
  for (const { conversation, firstSeq, lastSeq, body } of write.blocks) {
    const place = placeOfBlock(key, { conversation, first_seq: firstSeq, last_seq: lastSeq });
    const sum = sumOf(body, place);
    statements.addBlock.run(key, conversation, firstSeq, lastSeq, body, sum);
  }
  for (const { runId, body } of write.runs) {
    statements.putRun.run({ session: key, runId, body, sum: sumOf(body, placeOfRun(key, runId)) });
  }
  const { command, snapshot } = write;
  if (command !== undefined) {
    statements.addCommand.run(key, command.principal, command.commandId, command.hash, command.result);
  }
  if (snapshot !== undefined) {
    const { through, stateVersion, body } = snapshot;
    const sum = sumOf(body, placeOfSnapshot(key, { through, state_version: stateVersion }));
    statements.putSnapshot.run(key, through, stateVersion, body, sum);
  }
}

/** Says why the fence let nothing through. */
function whyNot(statements: WriterStatements, write: AppendWrite, max: number): WriteOutcome {
  const row = statements.session.get(write.key);
  if (!isThere(row)) return { kind: 'deleted' };
  if (row.epoch !== write.epoch) return { kind: 'fenced' };
  if (row.head !== write.after) {
    // No writer moves on one without the other.
    if ((statements.lastPlace.get(write.key) ?? 0) > row.head) return headBehindLog;
    return { kind: 'conflict' };
  }
  return { kind: 'refused', max, current: row.log_bytes };
}

const headBehindLog: WriteOutcome = {
  kind: 'failed',
  message: 'the record of the session ends before its log does',
  isDamage: true,
};

const isThere = (row: SessionColumns | undefined): row is SessionColumns =>
  row !== undefined && row.public_id !== null;

function nextEpoch(statements: WriterStatements): number {
  const span = 2 ** EPOCH_RANDOM_BITS;
  return epochOf(raise(statements, 'epoch'), randomInt(span) / span);
}

function raise(statements: WriterStatements, name: 'session' | 'epoch'): number {
  const value = statements.raise.get(name);
  if (value === undefined) throw new Error(`The database has no counter "${name}".`);
  return value;
}
