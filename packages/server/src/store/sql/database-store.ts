// D1. A write is checked before it queues, and its outcome is told as the port words it, whatever the database.
// D2. What a write only hid is taken out behind it, and nobody waits for that.
// D3. Nothing reaches a database that is not open.
import type { Durability, RunState } from '@perdure/protocol';
import { checkAppend } from '../check-append.ts';
import { checkRows } from '../check-rows.ts';
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
  StoreContext,
  StoreHealth,
} from '../session-store.ts';
import { encodeAppend, encodeCreate } from './encode-write.ts';
import { toRecord } from './session-columns.ts';
import type { DatabaseReaders, SessionDatabase } from './session-database.ts';
import { storeClosed } from './store-closed.ts';

/** Keeps sessions in a database: the rules that hold for each of them. */
export class DatabaseStore implements SessionStore {
  readonly #database: SessionDatabase;
  #reopening: Promise<void> | undefined;

  constructor(database: SessionDatabase) {
    this.#database = database;
  }

  get durability(): Exclude<Durability, 'memory'> {
    return this.#database.durability;
  }

  /** Damaged rows that reads have met, each as often as it was read. */
  get damagedRows(): number {
    return this.#database.damagedRows;
  }

  open(context?: StoreContext): Promise<void> {
    return this.#database.open(context);
  }

  async reopen(): Promise<void> {
    this.#assertOpen();
    this.#reopening ??= this.#database.reopen().finally(() => {
      this.#reopening = undefined;
    });
    await this.#reopening;
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  health(): Promise<StoreHealth> {
    return this.#database.health();
  }

  async create(session: NewSession): Promise<CreateOutcome> {
    this.#assertOpen();
    checkRows(session.rows, 0, true);
    const { lane } = this.#database;
    const outcome = await lane.write(encodeCreate(session));
    if (outcome.kind === 'unknown') return outcome;
    if (outcome.kind !== 'created' && outcome.kind !== 'exists') throw lane.unexpected(outcome, undefined);
    return { kind: outcome.kind, record: toRecord(outcome.row) };
  }

  async append(append: Append): Promise<AppendOutcome> {
    this.#assertOpen();
    checkAppend(append);
    const { lane } = this.#database;
    const outcome = await lane.write(encodeAppend(append));
    switch (outcome.kind) {
      case 'failed':
      case 'created':
      case 'exists':
      case 'done':
        throw lane.unexpected(outcome, append.key);
      case 'committed':
        if (append.floor !== undefined) lane.finish({ kind: 'sweep', key: append.key }); // D2
        return outcome;
      default:
        return outcome;
    }
  }

  async remove(key: SessionKey): Promise<void> {
    this.#assertOpen();
    await this.#database.lane.writeWhole({ kind: 'remove', key });
    this.#database.lane.finish({ kind: 'purge', key }); // D2
  }

  async compact(key: SessionKey, before: number): Promise<void> {
    this.#assertOpen();
    await this.#database.lane.writeWhole({ kind: 'compact', key, after: 0, before });
  }

  async find(tenantId: string, id: string): Promise<SessionRecord | undefined> {
    return this.#assertOpen().records.find(tenantId, id);
  }

  async get(key: SessionKey): Promise<SessionRecord | undefined> {
    return this.#assertOpen().records.get(key);
  }

  async list(query: SessionQuery): Promise<readonly SessionRecord[]> {
    return this.#assertOpen().records.list(query);
  }

  async count(query: Omit<SessionQuery, 'limit' | 'after'>): Promise<number> {
    return this.#assertOpen().records.count(query);
  }

  async unsettled(after: SessionKey, limit: number): Promise<readonly SessionRecord[]> {
    return this.#assertOpen().records.unsettled(after, limit);
  }

  async read(key: SessionKey, after: number, maxBytes: number): Promise<LogPage> {
    return this.#assertOpen().log.read(key, after, maxBytes);
  }

  async scan(key: SessionKey, scan: LogScan): Promise<readonly LogRow[]> {
    return this.#assertOpen().log.scan(key, scan);
  }

  async claims(key: SessionKey): Promise<readonly Claim[]> {
    return this.#assertOpen().log.claims(key);
  }

  async command(key: SessionKey, principalId: string, commandId: string): Promise<CommandRecord | undefined> {
    return this.#assertOpen().projections.command(key, principalId, commandId);
  }

  async snapshot(key: SessionKey): Promise<SnapshotRow | undefined> {
    return this.#assertOpen().projections.snapshot(key);
  }

  async blocks(key: SessionKey, query: BlockQuery): Promise<readonly BlockRow[]> {
    return this.#assertOpen().projections.blocks(key, query);
  }

  async runs(key: SessionKey, query: RunQuery): Promise<readonly RunState[]> {
    return this.#assertOpen().projections.runs(key, query);
  }

  async run(key: SessionKey, runId: string): Promise<RunState | undefined> {
    return this.#assertOpen().projections.run(key, runId);
  }

  #assertOpen(): DatabaseReaders {
    const { readers } = this.#database;
    if (readers === undefined) throw storeClosed(); // D3
    return readers;
  }
}
