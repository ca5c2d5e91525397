import type { Activity, Audience, Block, Durability, JsonObject, RunState } from '@perdure/protocol';
import type { SessionScope } from '../access/authorizer.ts';
import type { Logger } from '../session/logger.ts';

/** The store's own name of a session: a number that is never given twice, so a deleted id can be made anew. */
export type SessionKey = number;

/** The columns of a session's record that events change. */
export interface RecordColumns {
  readonly title: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly agent: string;
  readonly swarm: string | undefined;
  readonly archived: boolean;
  readonly activity: Activity;
  readonly openRequests: number;
  readonly lastText: string;
  /** Whether a run is open or a message waits that no hold keeps back: what recovery looks for. */
  readonly unsettled: boolean;
  readonly updatedAt: string;
}

export interface SessionRecord extends RecordColumns {
  readonly key: SessionKey;
  readonly tenantId: string;
  readonly id: string;
  readonly ownerId: string;
  readonly parentId: string | undefined;
  readonly createdAt: string;
  /** The claim under which the last append was made. */
  readonly epoch: number;
  /** Seq of the last event. */
  readonly head: number;
  /** Events up to here are not kept any more: the snapshot stands for them. 0: the log is whole. */
  readonly floor: number;
  /** Of the rows that are there: what a floor has hidden counts until it is taken out. */
  readonly logBytes: number;
}

/** One kept event, or one run of adjacent deltas of one block. */
export interface NewRow {
  /** Its first seq - 1. */
  readonly after: number;
  /** Its last seq. */
  readonly through: number;
  /** The type of its events; rows of `block:delta` can be compacted. */
  readonly type: string;
  readonly audience: Audience;
  /** Event texts joined by `ROW_SEPARATOR`; there is at least one. */
  readonly body: string;
}

export interface LogRow extends Omit<NewRow, 'body'> {
  readonly epoch: number;
  /** `null`: what stood in this range is damaged or gone. Of which type it was, and how many rows, nobody knows. */
  readonly body: string | null;
}

/** A completed block, as it is paged and searched. */
export interface BlockRow {
  readonly conversationId: string;
  /** Place of the event that started it: the order of the blocks. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly block: Block;
}

export interface CommandRecord {
  readonly principalId: string;
  readonly commandId: string;
  /** Of the parsed input, in canonical key order. */
  readonly hash: string;
  readonly result: JsonObject;
}

export interface SnapshotRow {
  readonly through: number;
  readonly stateVersion: number;
  /** The state as JSON text. */
  readonly body: string;
}

/** One transaction on one session's log. */
export interface Append {
  readonly key: SessionKey;
  /** The claim the caller holds, or, to claim, the one it saw. */
  readonly epoch: number;
  /** True takes the session over: the rows are written under a new epoch. */
  readonly claim: boolean;
  /** The head the caller has seen. */
  readonly after: number;
  readonly rows: readonly NewRow[];
  readonly record: Partial<RecordColumns>;
  readonly blocks: readonly BlockRow[];
  readonly runs: readonly RunState[];
  readonly command?: CommandRecord | undefined;
  readonly snapshot?: SnapshotRow | undefined;
  /**
   * Events up to here are not kept from this append on. It comes with the snapshot that stands for them, the base: one
   * `through` this place or a later one.
   */
  readonly floor?: number | undefined;
  /** Written even when the log is as large as it may be: a run must be able to end, and a floor to make room. */
  readonly essential: boolean;
}

export type AppendOutcome =
  /** Durable. `epoch` is the claim it was written under. */
  | { readonly kind: 'committed'; readonly epoch: number }
  /** The command id was used before; nothing was written. */
  | { readonly kind: 'duplicate'; readonly hash: string; readonly result: JsonObject }
  /** Another owner holds the session. */
  | { readonly kind: 'fenced' }
  /** The log has moved on under the same owner. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'deleted' }
  /** The session's log is as large as it may be. */
  | { readonly kind: 'refused'; readonly max: number; readonly current: number }
  /** The disk failed: whether it was written is known only after `reopen`. */
  | { readonly kind: 'unknown'; readonly error: unknown };

export interface NewSession
  extends Omit<Append, 'key' | 'epoch' | 'claim' | 'after' | 'record' | 'floor' | 'essential'> {
  readonly tenantId: string;
  readonly id: string;
  readonly ownerId: string;
  readonly parentId: string | undefined;
  readonly createdAt: string;
  readonly record: RecordColumns;
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly record: SessionRecord }
  | { readonly kind: 'exists'; readonly record: SessionRecord }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** Where a claim begins: events from `first` on were written under `epoch`, until the next claim. */
export interface Claim {
  readonly first: number;
  readonly epoch: number;
}

export interface LogPage {
  readonly rows: readonly LogRow[];
  /** Head of the log when the page was read. */
  readonly head: number;
  /** Below it nothing was there to be read: of a place before it, the page leaves out what followed up to here. */
  readonly floor: number;
}

/** Which rows of a log a search looks at. */
export interface LogScan {
  /** Rows with `through > after`. */
  readonly after: number;
  /** Rows with `after < before`; none: to the head. */
  readonly before?: number | undefined;
  readonly order: 'asc' | 'desc';
  /** Only rows of these types; none: all. */
  readonly types?: readonly string[] | undefined;
  /** Only rows of this audience. */
  readonly audience: Audience;
  readonly maxRows: number;
}

export interface SessionQuery {
  readonly scope: SessionScope;
  readonly limit: number;
  /** Last item of the page before: list order is `updatedAt` desc, then key desc. */
  readonly after?: { readonly updatedAt: string; readonly key: SessionKey } | undefined;
  readonly activity?: Activity | undefined;
  readonly archived?: boolean | undefined;
  readonly tag?: string | undefined;
  readonly text?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly ids?: readonly string[] | undefined;
}

export interface RunQuery {
  /** A run: those that began before it. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface BlockQuery {
  readonly conversationId: string;
  readonly order: 'asc' | 'desc';
  /** Exclusive bound on `firstSeq`, on the side that `order` comes from. */
  readonly from?: number | undefined;
  readonly text?: string | undefined;
  readonly limit: number;
}

/** What the runtime that a store serves lets it know: one that was made before the runtime learns it in no other way. */
export interface StoreContext {
  /** Bytes that the bodies of one session's log may have. */
  readonly sessionLogBytes: number;
  readonly logger: Logger;
}

export interface StoreHealth {
  /** Reads answer. */
  readonly isReadable: boolean;
  /** Appends are taken. */
  readonly isWritable: boolean;
  /** The thread that writes answers. */
  readonly isResponsive: boolean;
  /** Damage was met since it was opened: what it struck is marked or refused, all else goes on. */
  readonly isDamaged?: boolean | undefined;
}

/**
 * Keeps what sessions have said. The log is the truth; records, blocks, runs and snapshots are projections that are
 * written in the same transaction and can be made again from it.
 *
 * S1. What resolves as `committed` survives a crash, as far as `durability` says.
 * S2. An append is whole or absent: rows, record, blocks, runs, command, snapshot and floor together.
 * S3. Only the holder of the latest claim appends; epochs rise and are never given twice, in no session of the store.
 * S4. The bytes of a kept row never change. Taken out are rows of deltas, by `compact`; rows and blocks that end at the floor or
 *     below it; and all of a session that is removed.
 * S5. Reading writes nothing.
 * S6. A floor only rises, and a snapshot is never replaced by one below it: what it took away is always in a base. No read
 *     shows a row or a block that ends at the floor or below it from its commit on; they go in slices.
 */
export interface SessionStore {
  readonly durability: Durability;
  /** Opens, migrates, and takes the place for this process. Rejects with a `start` error that says what to do. */
  open(context?: StoreContext): Promise<void>;
  /** After an `unknown`: drops the handle, opens anew and proves that it can write. Rejects while it cannot. */
  reopen(): Promise<void>;
  close(): Promise<void>;
  health(): Promise<StoreHealth>;

  create(session: NewSession): Promise<CreateOutcome>;
  append(append: Append): Promise<AppendOutcome>;
  /** Takes a session out: its id is free and its reads are empty at once, its rows go in slices. */
  remove(key: SessionKey): Promise<void>;
  /** Takes out delta rows with `through < before`. */
  compact(key: SessionKey, before: number): Promise<void>;

  find(tenantId: string, id: string): Promise<SessionRecord | undefined>;
  get(key: SessionKey): Promise<SessionRecord | undefined>;
  list(query: SessionQuery): Promise<readonly SessionRecord[]>;
  count(query: Omit<SessionQuery, 'limit' | 'after'>): Promise<number>;
  /** Sessions whose record is unsettled, in order of their keys, for recovery. */
  unsettled(after: SessionKey, limit: number): Promise<readonly SessionRecord[]>;

  /** Rows with `through > after`, in order, up to about `maxBytes` of bodies but at least one row. */
  read(key: SessionKey, after: number, maxBytes: number): Promise<LogPage>;
  scan(key: SessionKey, scan: LogScan): Promise<readonly LogRow[]>;
  claims(key: SessionKey): Promise<readonly Claim[]>;
  command(key: SessionKey, principalId: string, commandId: string): Promise<CommandRecord | undefined>;
  snapshot(key: SessionKey): Promise<SnapshotRow | undefined>;
  blocks(key: SessionKey, query: BlockQuery): Promise<readonly BlockRow[]>;
  /** Newest first. */
  runs(key: SessionKey, query: RunQuery): Promise<readonly RunState[]>;
  run(key: SessionKey, runId: string): Promise<RunState | undefined>;
}
