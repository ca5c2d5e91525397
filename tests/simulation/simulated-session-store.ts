// S1. Every write goes through the real queue of groups; a group is on the disk before any of its outcomes is told.
// S2. A crash leaves what was on the disk and the first few writes of the group that was on its way there.
// S3. A broken disk ends a group as unknown, written or not, and takes nothing until it was repaired and reopened.
// S4. A read sees the disk at one moment between its question and its answer: what is written later may be heard of before it.
import type { JsonObject, RunState } from '@perdure/protocol';
import { checkAppend } from '../../packages/server/src/store/check-append.ts';
import { checkRows } from '../../packages/server/src/store/check-rows.ts';
import { byRecency, matchesQuery } from '../../packages/server/src/store/matches-query.ts';
import type {
  Append,
  AppendOutcome,
  BlockQuery,
  BlockRow,
  Claim,
  CommandRecord,
  CreateOutcome,
  LogPage,
  LogRow,
  LogScan,
  NewSession,
  SessionKey,
  SessionQuery,
  SessionRecord,
  SessionStore,
  SnapshotRow,
  StoreHealth,
} from '../../packages/server/src/store/session-store.ts';
import { toRecord } from '../../packages/server/src/store/sql/session-columns.ts';
import { encodeAppend, encodeCreate } from '../../packages/server/src/store/sql/encode-write.ts';
import { GroupQueue } from '../../packages/server/src/store/sql/group-queue.ts';
import type {
  SliceWrite,
  UnfinishedWrite,
  Write,
  WriteOutcome,
} from '../../packages/server/src/store/sql/write.ts';
import { closed, diskError, readOnly, unexpected } from './disk/disk-errors.ts';
import { commandKey, isThere } from './disk/disk-image.ts';
import { readBlocks, readPage, runIds, scanRows } from './disk/read-disk-session.ts';
import type { SimulatedDisk } from './disk/simulated-disk.ts';

/** What takes time: a read, a group on its way to the disk, the news of it on its way back, a new handle. */
export type DiskWork = 'read' | 'fsync' | 'answer' | 'reopen';

export interface SimulatedSessionStoreOptions {
  readonly disk: SimulatedDisk;
  /** A number in [0, 1): what a crash and a failure leave. */
  readonly random: () => number;
  /** Calls `done` when so much work is done; at once, if it takes no time. Default: writes take one turn of the event loop. */
  readonly later?: ((work: DiskWork, done: () => void) => void) | undefined;
  /** Whether a read sees the disk as it is asked for, and not as it is answered. Default: no. */
  readonly seesAtOnce?: (() => boolean) | undefined;
  /** Names the store to the disk's observer. */
  readonly name?: string | undefined;
}

/** How a disk fails: `some` writes the first few of the group. */
export interface DiskFailure {
  readonly writes: 'none' | 'some' | 'all';
}

/** Keeps sessions on a disk of the simulator. */
export class SimulatedSessionStore implements SessionStore {
  readonly durability = 'disk';
  readonly #disk: SimulatedDisk;
  readonly #random: () => number;
  readonly #later: (work: DiskWork, done: () => void) => void;
  readonly #seesAtOnce: () => boolean;
  readonly #name: string;
  readonly #queue: GroupQueue;
  #onItsWay: readonly Write[] = [];
  #failure: DiskFailure | undefined;
  #needsReopening = false;
  #failures = 0;
  #state: 'new' | 'open' | 'closed' | 'crashed' = 'new';

  constructor({ disk, random, later, seesAtOnce, name }: SimulatedSessionStoreOptions) {
    this.#disk = disk;
    this.#random = random;
    this.#later =
      later ?? ((work, done) => (work === 'fsync' || work === 'reopen' ? void setImmediate(done) : done()));
    this.#seesAtOnce = seesAtOnce ?? (() => false);
    this.#name = name ?? 'store';
    this.#queue = new GroupQueue({
      commit: (group) => this.#commit(group),
      onFailure: () => {
        this.#needsReopening = true;
        this.#failures += 1;
      },
    });
  }

  async open(): Promise<void> {
    await this.#work('reopen');
    this.#state = 'open';
    for (const write of this.#disk.unfinished()) this.#finish(write);
  }

  async reopen(): Promise<void> {
    await this.#work('reopen');
    this.#assertOpen();
    if (this.#failure !== undefined) throw diskError();
    this.#disk.raiseEpochs();
    this.#needsReopening = false;
    this.#queue.resume();
    for (const write of this.#disk.unfinished()) this.#finish(write);
  }

  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    await this.#queue.drained();
  }

  async health(): Promise<StoreHealth> {
    const isOpen = this.#state === 'open';
    return { isReadable: isOpen, isWritable: isOpen && !this.#needsReopening, isResponsive: isOpen };
  }

  /** Writes fail, or will. */
  get isBroken(): boolean {
    return this.#needsReopening || this.#failure !== undefined;
  }

  /** How often it failed so far. */
  get failures(): number {
    return this.#failures;
  }

  /** From here on writes end as unknown. */
  breakDown(failure: DiskFailure): void {
    this.#failure = failure;
  }

  /** Lets the next `reopen` succeed. */
  repair(): void {
    this.#failure = undefined;
  }

  /** The process is gone, at this moment. Nobody is told anything any more. */
  crash(): void {
    this.#state = 'crashed';
    this.#applySome(this.#onItsWay);
    this.#onItsWay = [];
  }

  async create(session: NewSession): Promise<CreateOutcome> {
    this.#assertOpen();
    checkRows(session.rows, 0, true);
    const outcome = await this.#queue.push(encodeCreate(session));
    if (outcome.kind === 'unknown') return outcome;
    if (outcome.kind !== 'created' && outcome.kind !== 'exists') throw unexpected(outcome);
    return { kind: outcome.kind, record: toRecord(outcome.row) };
  }

  async append(append: Append): Promise<AppendOutcome> {
    this.#assertOpen();
    checkAppend(append);
    const outcome = await this.#queue.push(encodeAppend(append));
    switch (outcome.kind) {
      case 'failed':
      case 'created':
      case 'exists':
      case 'done':
        throw unexpected(outcome);
      case 'committed':
        if (append.floor !== undefined) this.#finish({ kind: 'sweep', key: append.key });
        return outcome;
      default:
        return outcome;
    }
  }

  async remove(key: SessionKey): Promise<void> {
    this.#assertOpen();
    await this.#writeWhole({ kind: 'remove', key });
    this.#finish({ kind: 'purge', key });
  }

  async compact(key: SessionKey, before: number): Promise<void> {
    this.#assertOpen();
    await this.#writeWhole({ kind: 'compact', key, after: 0, before });
  }

  find(tenantId: string, id: string): Promise<SessionRecord | undefined> {
    return this.#read(() => {
      const session = this.#disk.named(tenantId, id);
      return session && toRecord(session.columns);
    });
  }

  get(key: SessionKey): Promise<SessionRecord | undefined> {
    return this.#read(() => {
      const session = this.#disk.session(key);
      return session && toRecord(session.columns);
    });
  }

  list(query: SessionQuery): Promise<readonly SessionRecord[]> {
    const { after, limit } = query;
    return this.#read(() =>
      this.#matching(query)
        .filter((record) => after === undefined || byRecency(after, record) < 0)
        .sort(byRecency)
        .slice(0, limit),
    );
  }

  count(query: Omit<SessionQuery, 'limit' | 'after'>): Promise<number> {
    return this.#read(() => this.#matching(query).length);
  }

  unsettled(after: SessionKey, limit: number): Promise<readonly SessionRecord[]> {
    return this.#read(() =>
      this.#records()
        .filter((record) => record.unsettled && record.key > after)
        .slice(0, limit),
    );
  }

  read(key: SessionKey, after: number, maxBytes: number): Promise<LogPage> {
    return this.#read(() => {
      const session = this.#disk.session(key);
      return session === undefined ? { rows: [], head: 0, floor: 0 } : readPage(session, after, maxBytes);
    });
  }

  scan(key: SessionKey, scan: LogScan): Promise<readonly LogRow[]> {
    return this.#read(() => {
      const session = this.#disk.session(key);
      return session === undefined ? [] : scanRows(session, scan);
    });
  }

  claims(key: SessionKey): Promise<readonly Claim[]> {
    return this.#read(() => [...(this.#disk.session(key)?.claims ?? [])]);
  }

  command(key: SessionKey, principalId: string, commandId: string): Promise<CommandRecord | undefined> {
    return this.#read(() => {
      const found = this.#disk.session(key)?.commands.get(commandKey(principalId, commandId));
      if (found === undefined) return undefined;
      return { principalId, commandId, hash: found.hash, result: JSON.parse(found.result) as JsonObject };
    });
  }

  snapshot(key: SessionKey): Promise<SnapshotRow | undefined> {
    return this.#read(() => this.#disk.session(key)?.snapshot);
  }

  blocks(key: SessionKey, query: BlockQuery): Promise<readonly BlockRow[]> {
    return this.#read(() => {
      const session = this.#disk.session(key);
      return session === undefined ? [] : readBlocks(session, query);
    });
  }

  runs(
    key: SessionKey,
    { before, limit }: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly RunState[]> {
    return this.#read(() => {
      const session = this.#disk.session(key);
      if (session === undefined) return [];
      return runIds(session, before, limit).map((id) => JSON.parse(session.runs.get(id) ?? '') as RunState);
    });
  }

  run(key: SessionKey, runId: string): Promise<RunState | undefined> {
    return this.#read(() => {
      const body = this.#disk.session(key)?.runs.get(runId);
      return body === undefined ? undefined : (JSON.parse(body) as RunState);
    });
  }

  async #commit(group: readonly Write[]): Promise<readonly WriteOutcome[]> {
    this.#onItsWay = group;
    await this.#work('fsync');
    this.#onItsWay = [];
    const failure = this.#failure;
    if (failure !== undefined) {
      if (failure.writes === 'all') for (const write of group) this.#disk.apply(write, this.#name);
      if (failure.writes === 'some') this.#applySome(group);
      await this.#work('answer');
      throw diskError();
    }
    const outcomes = group.map((write) => this.#disk.apply(write, this.#name));
    await this.#work('answer');
    return outcomes;
  }

  /** The first few, or none, or all. */
  #applySome(group: readonly Write[]): void {
    const count = Math.floor(this.#random() * (group.length + 1));
    for (const write of group.slice(0, count)) this.#disk.apply(write, this.#name);
  }

  /** As the real lane of writes does it: slice after slice. */
  async #writeWhole(write: SliceWrite): Promise<void> {
    let after: number | undefined = 0;
    while (after !== undefined) {
      const outcome = await this.#queue.push(write.kind === 'compact' ? { ...write, after } : write);
      if (outcome.kind === 'unknown') throw readOnly(outcome.error);
      if (outcome.kind !== 'done') throw unexpected(outcome);
      after = this.#state === 'open' ? outcome.next : undefined;
    }
  }

  #finish(write: UnfinishedWrite): void {
    this.#writeWhole(write).catch(() => undefined);
  }

  #read<T>(get: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const seen = this.#state === 'open' && this.#seesAtOnce() ? { is: get() } : undefined;
      this.#later('read', () => {
        if (this.#state === 'crashed') return;
        if (this.#state === 'open') resolve(seen === undefined ? get() : seen.is);
        else reject(closed());
      });
    });
  }

  #work(work: DiskWork): Promise<void> {
    return new Promise((resolve) => {
      this.#later(work, () => {
        if (this.#state !== 'crashed') resolve();
      });
    });
  }

  #records(): SessionRecord[] {
    return [...this.#disk.image.sessions.values()].filter(isThere).map(({ columns }) => toRecord(columns));
  }

  #matching(query: Omit<SessionQuery, 'limit' | 'after'>): SessionRecord[] {
    return this.#records().filter((record) => matchesQuery(record, query));
  }

  #assertOpen(): void {
    if (this.#state !== 'open') throw closed();
  }
}
