// D1. A write is applied whole or not at all, at one moment: its checks and its changes have nothing between them.
// D2. What is applied is durable. What is on its way is not here yet; who brings it decides what a crash leaves of it.
// D3. The observer hears of each write as it becomes durable, and before whoever asked for it does.
import { epochOf } from '../../../packages/server/src/store/epoch.ts';
import type { SessionKey } from '../../../packages/server/src/store/session-store.ts';
import { sumOfFloor } from '../../../packages/server/src/store/sql/floor-sum.ts';
import type { SessionColumns } from '../../../packages/server/src/store/sql/schema.ts';
import type {
  AppendWrite,
  CompactWrite,
  CreateWrite,
  LogWrite,
  PurgeWrite,
  RemoveWrite,
  SweepWrite,
  UnfinishedWrite,
  Write,
  WriteOutcome,
} from '../../../packages/server/src/store/sql/write.ts';
import {
  commandKey,
  copyImage,
  type DiskImage,
  type DiskSession,
  emptyImage,
  isThere,
} from './disk-image.ts';

/** Told of what becomes durable. */
export interface DiskObserver {
  /** `writer` names the store that brought it. */
  applied(write: Write, outcome: WriteOutcome, writer: string): void;
  /** The image was replaced by an older one. */
  restored(image: DiskImage): void;
}

export interface SimulatedDiskOptions {
  /** A number in [0, 1), for the low bits of epochs. */
  readonly random: () => number;
  /** Bytes that the bodies of one session's log may have. Default: no bound. */
  readonly sessionLogBytes?: number | undefined;
  /** Rows that one slice of a compaction or purge takes out. */
  readonly sliceRows?: number | undefined;
}

/** What outlives every process. Any number of stores may have it open at once. */
export class SimulatedDisk {
  image: DiskImage = emptyImage();
  observer: DiskObserver | undefined;
  readonly #names = new Map<string, SessionKey>();
  readonly #random: () => number;
  readonly #sessionLogBytes: number;
  readonly #sliceRows: number;

  constructor(options: SimulatedDiskOptions) {
    this.#random = options.random;
    this.#sessionLogBytes = options.sessionLogBytes ?? Number.MAX_SAFE_INTEGER;
    this.#sliceRows = options.sliceRows ?? 200;
  }

  /** The session, if it is there and was not removed. */
  session(key: SessionKey): DiskSession | undefined {
    const session = this.image.sessions.get(key);
    return isThere(session) ? session : undefined;
  }

  named(tenantId: string, id: string): DiskSession | undefined {
    const key = this.#names.get(publicKey(tenantId, id));
    return key === undefined ? undefined : this.session(key);
  }

  /** Removed sessions whose rows wait for the purge, and those with rows below their floor. */
  unfinished(): UnfinishedWrite[] {
    return [...this.image.sessions].flatMap(([key, session]): UnfinishedWrite[] => {
      if (!isThere(session)) return [{ kind: 'purge', key }];
      return session.columns.unswept === 1 ? [{ kind: 'sweep', key }] : [];
    });
  }

  apply(write: Write, writer: string): WriteOutcome {
    const outcome = this.#apply(write);
    this.observer?.applied(write, outcome, writer);
    return outcome;
  }

  /** As a store that was opened anew does it, so that no epoch that was lost is given again. */
  raiseEpochs(): void {
    this.image.lastClaim += 1;
  }

  /** The disk as it is now, to be restored later. */
  copy(): DiskImage {
    return copyImage(this.image);
  }

  /** Puts an older database file in the place of this one. No store may have it open. */
  restore(older: DiskImage): void {
    this.image = copyImage(older);
    this.#names.clear();
    for (const [key, { columns }] of this.image.sessions)
      if (columns.public_id !== null) this.#names.set(publicKey(columns.tenant, columns.public_id), key);
    this.observer?.restored(this.image);
  }

  #apply(write: Write): WriteOutcome {
    switch (write.kind) {
      case 'append':
        return this.#append(write);
      case 'create':
        return this.#create(write);
      case 'remove':
        return this.#remove(write);
      case 'purge':
        return this.#purge(write);
      case 'sweep':
        return this.#sweep(write);
      case 'compact':
        return this.#compact(write);
    }
  }

  #append(write: AppendWrite): WriteOutcome {
    const session = this.session(write.key);
    if (session === undefined) return { kind: 'deleted' };
    const { command, bytes } = write;
    const known = command && session.commands.get(commandKey(command.principal, command.commandId));
    if (known !== undefined) return { kind: 'duplicate', hash: known.hash, result: JSON.parse(known.result) };
    const { epoch, head, log_bytes: current } = session.columns;
    if (epoch !== write.epoch) return { kind: 'fenced' };
    if (head !== write.after) return { kind: 'conflict' };
    if (!write.essential && current + bytes > this.#sessionLogBytes)
      return { kind: 'refused', max: this.#sessionLogBytes, current };
    const under = write.claim ? this.#nextEpoch() : epoch;
    if (write.claim) session.claims.push({ first: head + 1, epoch: under });
    const through = write.entries.at(-1)?.through ?? head;
    const place = { epoch: under, head: through, log_bytes: current + bytes };
    session.columns = { ...session.columns, ...write.columns, ...place };
    if (write.floor !== undefined) {
      const floor = Math.max(session.columns.floor, write.floor);
      session.columns = { ...session.columns, floor, floor_sum: sumOfFloor(write.key, floor), unswept: 1 };
    }
    writeLog(session, under, write);
    return { kind: 'committed', epoch: under };
  }

  #create(write: CreateWrite): WriteOutcome {
    const { columns } = write;
    const holder = this.named(columns.tenant, columns.public_id ?? '');
    if (holder !== undefined) return { kind: 'exists', row: holder.columns };
    this.image.lastKey += 1;
    const key = this.image.lastKey;
    const epoch = this.#nextEpoch();
    const head = write.entries.at(-1)?.through ?? 0;
    const given = {
      id: key,
      epoch,
      head,
      log_bytes: write.bytes,
      floor: 0,
      floor_sum: 0,
      unswept: 0,
    } as const;
    const row: SessionColumns = { ...columns, ...given };
    const session: DiskSession = {
      columns: row,
      rows: [],
      claims: [{ first: 1, epoch }],
      blocks: [],
      runs: new Map(),
      commands: new Map(),
      snapshot: undefined,
    };
    writeLog(session, epoch, write);
    this.image.sessions.set(key, session);
    this.#names.set(publicKey(columns.tenant, columns.public_id ?? ''), key);
    return { kind: 'created', row };
  }

  #remove({ key }: RemoveWrite): WriteOutcome {
    const session = this.session(key);
    if (session === undefined) return { kind: 'done' };
    this.#names.delete(publicKey(session.columns.tenant, session.columns.public_id ?? ''));
    session.columns = { ...session.columns, public_id: null, unswept: 0 };
    return { kind: 'done' };
  }

  #purge({ key }: PurgeWrite): WriteOutcome {
    const session = this.image.sessions.get(key);
    if (session === undefined || session.columns.public_id !== null) return { kind: 'done' };
    session.rows = session.rows.slice(this.#sliceRows);
    if (session.rows.length > 0) return { kind: 'done', next: 0 };
    this.image.sessions.delete(key);
    return { kind: 'done' };
  }

  #sweep({ key }: SweepWrite): WriteOutcome {
    const session = this.session(key);
    if (session === undefined) return { kind: 'done' };
    const { floor, log_bytes: current } = session.columns;
    const hidden = session.rows.filter(({ through }) => through <= floor).length;
    const count = Math.min(hidden, this.#sliceRows);
    const bytes = session.rows
      .slice(0, count)
      .reduce((sum, { body }) => sum + Buffer.byteLength(body ?? ''), 0);
    session.rows = session.rows.slice(count);
    session.columns = { ...session.columns, log_bytes: current - bytes };
    if (count < hidden) return { kind: 'done', next: 0 };
    session.blocks = session.blocks.filter(({ lastSeq }) => lastSeq > floor);
    session.columns = { ...session.columns, unswept: 0 };
    return { kind: 'done' };
  }

  #compact({ key, after, before }: CompactWrite): WriteOutcome {
    const session = this.session(key);
    if (session === undefined) return { kind: 'done' };
    const isOut = (row: DiskSession['rows'][number]) =>
      row.type === 'block:delta' && row.through > after && row.through < before;
    const slice = session.rows.filter(isOut).slice(0, this.#sliceRows);
    if (slice.length === 0) return { kind: 'done' };
    const out = new Set(slice);
    const bytes = slice.reduce((sum, { body }) => sum + Buffer.byteLength(body ?? ''), 0);
    session.rows = session.rows.filter((row) => !out.has(row));
    session.columns = { ...session.columns, log_bytes: session.columns.log_bytes - bytes };
    const isOver = slice.length < this.#sliceRows;
    return { kind: 'done', next: isOver ? undefined : slice.at(-1)?.through };
  }

  #nextEpoch(): number {
    this.image.lastClaim += 1;
    return epochOf(this.image.lastClaim, this.#random());
  }
}

/** Neither part holds a zero character, so two pairs never make one key. */
const publicKey = (tenantId: string, id: string) => `${tenantId}\0${id}`;

function writeLog(session: DiskSession, epoch: number, write: LogWrite): void {
  for (const { audience, ...row } of write.entries)
    session.rows.push({ ...row, epoch, audience: audience === 1 ? 'server' : 'client' });
  session.blocks.push(...write.blocks);
  for (const { runId, body } of write.runs) session.runs.set(runId, body);
  const { command, snapshot } = write;
  if (command !== undefined) {
    const { hash, result } = command;
    session.commands.set(commandKey(command.principal, command.commandId), { hash, result });
  }
  if (snapshot !== undefined && snapshot.through >= session.columns.floor) session.snapshot = snapshot;
}
