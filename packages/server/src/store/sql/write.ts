import type { AppendOutcome } from '../session-store.ts';
import type { ChangedColumns } from './session-columns.ts';
import type { Flag, SessionColumns } from './schema.ts';

// What crosses to the thread that writes: flat data, every JSON text made already.

export interface EntryWrite {
  readonly after: number;
  readonly through: number;
  readonly type: string;
  readonly audience: Flag;
  readonly body: string;
}

export interface BlockWrite {
  readonly conversation: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly body: string;
}

export interface RunWrite {
  readonly runId: string;
  readonly body: string;
}

export interface CommandWrite {
  readonly principal: string;
  readonly commandId: string;
  readonly hash: string;
  readonly result: string;
}

export interface SnapshotWrite {
  readonly through: number;
  readonly stateVersion: number;
  readonly body: string;
}

/** What an append brings, and a creation too. */
export interface LogWrite {
  readonly entries: readonly EntryWrite[];
  /** Bytes of the entries' bodies. */
  readonly bytes: number;
  readonly blocks: readonly BlockWrite[];
  readonly runs: readonly RunWrite[];
  readonly command: CommandWrite | undefined;
  readonly snapshot: SnapshotWrite | undefined;
}

export interface AppendWrite extends LogWrite {
  readonly kind: 'append';
  readonly key: number;
  readonly epoch: number;
  readonly claim: boolean;
  readonly after: number;
  readonly essential: boolean;
  readonly floor: number | undefined;
  readonly columns: ChangedColumns;
}

/** Columns that the writer gives a new session itself. */
export type GivenColumns = 'id' | 'epoch' | 'head' | 'log_bytes' | 'floor' | 'floor_sum' | 'unswept';

export interface CreateWrite extends LogWrite {
  readonly kind: 'create';
  readonly columns: Omit<SessionColumns, GivenColumns>;
}

/** Marks a session as removed; its rows go by `purge`. */
export interface RemoveWrite {
  readonly kind: 'remove';
  readonly key: number;
}

/** Takes out one slice of a removed session's rows. */
export interface PurgeWrite {
  readonly kind: 'purge';
  readonly key: number;
}

/** Takes out one slice of what a session's floor has hidden. */
export interface SweepWrite {
  readonly kind: 'sweep';
  readonly key: number;
}

/** What a start finds to be gone on with: the mark on the session's row tells. */
export type UnfinishedWrite = PurgeWrite | SweepWrite;

/** Takes out one slice of a session's delta rows with `after < through < before`. */
export interface CompactWrite {
  readonly kind: 'compact';
  readonly key: number;
  readonly after: number;
  readonly before: number;
}

export type SliceWrite = RemoveWrite | PurgeWrite | SweepWrite | CompactWrite;

export type Write = AppendWrite | CreateWrite | SliceWrite;

/** How one write of a committed group ended. */
export type WriteOutcome =
  | Exclude<AppendOutcome, { kind: 'unknown' }>
  | { readonly kind: 'created' | 'exists'; readonly row: SessionColumns }
  /** A slice or a mark is written; `next`: rows are left, and the next slice begins after this place. */
  | { readonly kind: 'done'; readonly next?: number | undefined }
  /** The write itself was at fault and was rolled back alone. */
  | {
      readonly kind: 'failed';
      readonly message: string;
      /** What it had to touch is damaged on the disk. */
      readonly isDamage?: boolean | undefined;
    };
