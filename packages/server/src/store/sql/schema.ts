// The tables, as every SQL dialect has them. docs: the log is `entry`; all else but `counter` can be made again from it.
import type { Activity } from '@perdure/protocol';
import type { Selectable } from 'kysely';

/** 0 or 1: not every dialect has a boolean that every driver binds. */
export type Flag = 0 | 1;

/** The kind of a run of deltas: the one kind that compaction takes out. Its number is fixed, the others are given. */
export const DELTA_KIND = 0;

export interface SessionTable {
  id: number;
  tenant: string;
  /** Null: the session is removed, its id is free, and its rows wait for the purge. */
  public_id: string | null;
  owner: string;
  parent: string | null;
  created_at: string;
  epoch: number;
  head: number;
  log_bytes: number;
  title: string;
  /** `title` as searches compare it. */
  title_folded: string;
  /** JSON array of strings. */
  tags: string;
  /** JSON object. */
  metadata: string;
  agent: string;
  swarm: string | null;
  archived: Flag;
  activity: Activity;
  open_requests: number;
  last_text: string;
  last_text_folded: string;
  unsettled: Flag;
  updated_at: string;
  /** Rows and blocks that end here or below it are not shown. */
  floor: number;
  /** Checksum of the floor: see `sumOfFloor`. */
  floor_sum: number;
  /** 1: some of those are still there, and go in slices. */
  unswept: Flag;
}

export interface ClaimTable {
  session: number;
  first: number;
  epoch: number;
}

export interface EntryTable {
  session: number;
  after: number;
  through: number;
  epoch: number;
  /** A `kind` of `event_type`. */
  kind: number;
  /** 0 client, 1 server. */
  audience: Flag;
  body: string;
  /** Checksum: see `sumOf`. */
  sum: number;
}

export interface BlockTable {
  session: number;
  conversation: string;
  first_seq: number;
  last_seq: number;
  /** The block as JSON. */
  body: string;
  sum: number;
}

export interface RunTable {
  session: number;
  run_id: string;
  /** Order in which the session's runs were first written. */
  ord: number;
  /** The run as JSON. */
  body: string;
  sum: number;
}

export interface CommandTable {
  session: number;
  principal: string;
  command_id: string;
  hash: string;
  /** The answer as JSON. */
  result: string;
}

export interface SnapshotTable {
  session: number;
  through: number;
  state_version: number;
  body: string;
  sum: number;
}

export interface Schema {
  schema_version: { version: number };
  /** `session` and `epoch`: numbers that are never given twice, so they outlive every session. */
  counter: { name: CounterName; value: number };
  event_type: { kind: number; name: string };
  session: SessionTable;
  claim: ClaimTable;
  entry: EntryTable;
  block: BlockTable;
  run: RunTable;
  command: CommandTable;
  snapshot: SnapshotTable;
  /** Written and emptied again to learn whether a disk takes writes. */
  probe: { body: string };
}

export type CounterName = 'session' | 'epoch';
export type SessionColumns = Selectable<SessionTable>;
