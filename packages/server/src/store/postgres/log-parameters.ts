import { randomInt } from 'node:crypto';
import { EPOCH_RANDOM_BITS, epochOf } from '../epoch.ts';
import { sumOfFloor } from '../sql/floor-sum.ts';
import { placeOfBlock, placeOfEntry, placeOfRun, placeOfSnapshot } from '../sql/row-places.ts';
import { sumOf } from '../sql/sum-of.ts';
import type { AppendWrite, CreateWrite, LogWrite, RunWrite } from '../sql/write.ts';
import { keptText } from './kept-text.ts';
import { blockTable, entryTable, runTable, snapshotTable, writeTable } from './log-statement.ts';

/** The numbers that are never given twice, as the database counted them last. */
export interface Counters {
  readonly epoch: number;
  readonly session: number;
}

/** A write, and the numbers it will have if the counters are where they are expected. */
export interface NumberedWrite {
  readonly n: number;
  readonly write: AppendWrite | CreateWrite;
  readonly key: number;
  readonly epoch: number;
}

/** Gives keys to what is new, and epochs to what is new or claims. */
export function numbered(
  writes: readonly (AppendWrite | CreateWrite)[],
  seen: Counters,
): { readonly writes: readonly NumberedWrite[]; readonly next: Counters } {
  let { epoch, session } = seen;
  const nextEpoch = () => {
    const span = 2 ** EPOCH_RANDOM_BITS;
    epoch += 1;
    return epochOf(epoch, randomInt(span) / span);
  };
  const given = writes.map((write, n): NumberedWrite => {
    if (write.kind === 'append') {
      return { n, write, key: write.key, epoch: write.claim ? nextEpoch() : write.epoch };
    }
    session += 1;
    return { n, write, key: session, epoch: nextEpoch() };
  });
  return { writes: given, next: { epoch, session } };
}

export interface LogParameters {
  readonly writes: readonly NumberedWrite[];
  readonly seen: Counters;
  readonly next: Counters;
  /** Of `synchronous_commit`. */
  readonly level: string;
  readonly sessionLogBytes: number;
  /** The number under which an event type is kept. */
  kindOf(type: string): number;
}

/** The parameters of the log statement, in its order. */
export function logParameters(parameters: LogParameters): unknown[] {
  const { writes, seen, next, level, sessionLogBytes, kindOf } = parameters;
  return [
    ...[level, seen.epoch, next.epoch, seen.session, next.session],
    ...writeTable.parameters(writes.map((write) => writeRow(write, sessionLogBytes))),
    ...entryTable.parameters(writes.flatMap((write) => entryRows(write, kindOf))),
    ...blockTable.parameters(writes.flatMap(blockRows)),
    ...runTable.parameters(writes.flatMap(runRows)),
    ...snapshotTable.parameters(writes.flatMap(snapshotRows)),
  ];
}

function writeRow({ n, write, key, epoch }: NumberedWrite, sessionLogBytes: number) {
  const { bytes, columns, command, entries } = write;
  const isNew = write.kind === 'create';
  const after = isNew ? 0 : write.after;
  return {
    ...unchanged,
    ...keptColumns(columns),
    ...{ n, key, epoch, after, bytes, is_new: isNew },
    ...floorColumns(write, key),
    seen_epoch: isNew ? 0 : write.epoch,
    through: entries.at(-1)?.through ?? after,
    max_bytes: isNew || write.essential ? Number.MAX_SAFE_INTEGER : sessionLogBytes,
    has_swarm: Object.hasOwn(columns, 'swarm'),
    principal: keptOrNull(command?.principal),
    command_id: keptOrNull(command?.commandId),
    hash: keptOrNull(command?.hash),
    result: keptOrNull(command?.result),
  };
}

function floorColumns(write: AppendWrite | CreateWrite, key: number) {
  if (write.kind === 'create' || write.floor === undefined) return { floor: null, floor_sum: null };
  return { floor: write.floor, floor_sum: sumOfFloor(key, write.floor) };
}

function entryRows({ n, write, key, epoch }: NumberedWrite, kindOf: (type: string) => number) {
  return write.entries.map(({ after, through, type, audience, body }) => {
    const kind = kindOf(type);
    const sum = sumOf(body, placeOfEntry(key, { after, through, epoch, kind, audience }));
    return { n, after, through, kind, audience, body: keptText(body), sum };
  });
}

function blockRows({ n, write, key }: NumberedWrite) {
  return write.blocks.map(({ conversation, firstSeq, lastSeq, body }) => {
    const place = { conversation, first_seq: firstSeq, last_seq: lastSeq };
    const sum = sumOf(body, placeOfBlock(key, place));
    return { n, ...place, conversation: keptText(conversation), body: keptText(body), sum };
  });
}

function runRows({ n, write, key }: NumberedWrite) {
  return lastOfEach(write.runs).map(({ runId, body }, index) => ({
    ...{ n, place: index + 1, run_id: keptText(runId) },
    ...{ body: keptText(body), sum: sumOf(body, placeOfRun(key, runId)) },
  }));
}

function snapshotRows({ n, write: { snapshot }, key }: NumberedWrite) {
  if (snapshot === undefined) return [];
  const place = { through: snapshot.through, state_version: snapshot.stateVersion };
  const sum = sumOf(snapshot.body, placeOfSnapshot(key, place));
  return [{ n, ...place, body: keptText(snapshot.body), sum }];
}

/** Each run once, at the place of its first mention, as it was said last: one statement changes no row twice. */
function lastOfEach(runs: LogWrite['runs']): RunWrite[] {
  return [...new Map(runs.map((run) => [run.runId, run])).values()];
}

const unchanged = Object.fromEntries(writeTable.names.map((name) => [name, null])) as Record<
  (typeof writeTable.names)[number],
  null
>;

function keptColumns(columns: AppendWrite['columns']) {
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [
      name,
      typeof value === 'string' ? keptText(value) : value,
    ]),
  );
}

const keptOrNull = (text: string | undefined) => (text === undefined ? null : keptText(text));
