// M1. One append runs from its checks to its last write without a pause: that makes it whole or absent, as S2 asks.
// M2. Keys and epochs come from counters that outlive every session, so none is given twice.
import { PerdureError, type RunState } from '@perdure/protocol';
import { checkAppend } from './check-append.ts';
import { checkRows } from './check-rows.ts';
import { epochOf } from './epoch.ts';
import { byRecency, matchesQuery } from './matches-query.ts';
import { bytesOf, MemorySession } from './memory-session.ts';
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
  RunQuery,
  SessionKey,
  SessionQuery,
  SessionRecord,
  SessionStore,
  SnapshotRow,
  StoreHealth,
} from './session-store.ts';

export interface MemorySessionStoreOptions {
  /** Bytes that the bodies of one session's log may have. Default: no bound. */
  readonly sessionLogBytes?: number | undefined;
  /** A number in [0, 1), for the low bits of epochs. Default is `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Keeps sessions for as long as the process lives. For tests, and for hosts whose sessions may end with them. */
export class MemorySessionStore implements SessionStore {
  readonly durability = 'memory';
  readonly #sessionLogBytes: number;
  readonly #random: () => number;
  readonly #sessions = new Map<SessionKey, MemorySession>();
  readonly #keys = new Map<string, SessionKey>();
  #lastKey = 0;
  #claimCount = 0;
  #isOpen = false;

  constructor(options: MemorySessionStoreOptions = {}) {
    this.#sessionLogBytes = options.sessionLogBytes ?? Number.POSITIVE_INFINITY;
    this.#random = options.random ?? Math.random;
  }

  async open(): Promise<void> {
    this.#isOpen = true;
  }

  async reopen(): Promise<void> {
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  async health(): Promise<StoreHealth> {
    return { isReadable: this.#isOpen, isWritable: this.#isOpen, isResponsive: this.#isOpen };
  }

  async create(session: NewSession): Promise<CreateOutcome> {
    this.#assertOpen();
    checkRows(session.rows, 0, true);
    const { tenantId, id, ownerId, parentId, createdAt, record: columns } = session;
    const holder = this.#found(tenantId, id);
    if (holder !== undefined) return { kind: 'exists', record: holder };
    const key = ++this.#lastKey;
    const place = { key, epoch: 0, head: 0, floor: 0, logBytes: 0 };
    const kept = new MemorySession({ ...columns, ...place, tenantId, id, ownerId, parentId, createdAt });
    kept.write(this.#nextEpoch(), session, columns);
    this.#sessions.set(key, kept);
    this.#keys.set(publicKey(tenantId, id), key);
    return { kind: 'created', record: kept.record };
  }

  async append(append: Append): Promise<AppendOutcome> {
    this.#assertOpen();
    checkAppend(append);
    const session = this.#sessions.get(append.key);
    if (session === undefined) return { kind: 'deleted' };
    const { command } = append;
    const known = command && session.command(command.principalId, command.commandId);
    if (known !== undefined) return { kind: 'duplicate', hash: known.hash, result: known.result };
    const { epoch, head, logBytes } = session.record;
    if (epoch !== append.epoch) return { kind: 'fenced' };
    if (head !== append.after) return { kind: 'conflict' };
    if (!append.essential && logBytes + bytesOf(append.rows) > this.#sessionLogBytes) {
      return { kind: 'refused', max: this.#sessionLogBytes, current: logBytes };
    }
    const writtenUnder = append.claim ? this.#nextEpoch() : epoch;
    session.write(writtenUnder, append, append.record);
    return { kind: 'committed', epoch: writtenUnder };
  }

  async remove(key: SessionKey): Promise<void> {
    this.#assertOpen();
    const record = this.#sessions.get(key)?.record;
    if (record === undefined) return;
    this.#sessions.delete(key);
    this.#keys.delete(publicKey(record.tenantId, record.id));
  }

  async compact(key: SessionKey, before: number): Promise<void> {
    this.#assertOpen();
    this.#sessions.get(key)?.compact(before);
  }

  async find(tenantId: string, id: string): Promise<SessionRecord | undefined> {
    return this.#found(tenantId, id);
  }

  async get(key: SessionKey): Promise<SessionRecord | undefined> {
    return this.#sessions.get(key)?.record;
  }

  async list(query: SessionQuery): Promise<readonly SessionRecord[]> {
    const { after, limit } = query;
    const found = this.#matching(query).filter(
      (record) => after === undefined || byRecency(after, record) < 0,
    );
    return found.sort(byRecency).slice(0, limit);
  }

  async count(query: Omit<SessionQuery, 'limit' | 'after'>): Promise<number> {
    return this.#matching(query).length;
  }

  async unsettled(after: SessionKey, limit: number): Promise<readonly SessionRecord[]> {
    const records = [...this.#sessions.values()].map(({ record }) => record);
    return records.filter(({ key, unsettled }) => unsettled && key > after).slice(0, limit);
  }

  async read(key: SessionKey, after: number, maxBytes: number): Promise<LogPage> {
    return this.#sessions.get(key)?.read(after, maxBytes) ?? { rows: [], head: 0, floor: 0 };
  }

  async scan(key: SessionKey, scan: LogScan): Promise<readonly LogRow[]> {
    return this.#sessions.get(key)?.scan(scan) ?? [];
  }

  async claims(key: SessionKey): Promise<readonly Claim[]> {
    return this.#sessions.get(key)?.claims ?? [];
  }

  async command(key: SessionKey, principalId: string, commandId: string): Promise<CommandRecord | undefined> {
    return this.#sessions.get(key)?.command(principalId, commandId);
  }

  async snapshot(key: SessionKey): Promise<SnapshotRow | undefined> {
    return this.#sessions.get(key)?.snapshot;
  }

  async blocks(key: SessionKey, query: BlockQuery): Promise<readonly BlockRow[]> {
    return this.#sessions.get(key)?.blocks(query) ?? [];
  }

  async runs(key: SessionKey, query: RunQuery): Promise<readonly RunState[]> {
    return this.#sessions.get(key)?.runs(query) ?? [];
  }

  async run(key: SessionKey, runId: string): Promise<RunState | undefined> {
    return this.#sessions.get(key)?.run(runId);
  }

  #found(tenantId: string, id: string): SessionRecord | undefined {
    const key = this.#keys.get(publicKey(tenantId, id));
    return key === undefined ? undefined : this.#sessions.get(key)?.record;
  }

  #matching(query: Omit<SessionQuery, 'limit' | 'after'>): SessionRecord[] {
    const records = [...this.#sessions.values()].map(({ record }) => record);
    return records.filter((record) => matchesQuery(record, query));
  }

  #nextEpoch(): number {
    this.#claimCount += 1;
    return epochOf(this.#claimCount, this.#random());
  }

  #assertOpen(): void {
    if (this.#isOpen) return;
    throw new PerdureError(
      'shutting-down',
      'The store is closed: nothing can be written. Open it before use, and write nothing after close().',
    );
  }
}

/** Neither part holds a zero character, so two pairs never make one key. */
const publicKey = (tenantId: string, id: string) => `${tenantId}\0${id}`;
