import type {
  Claim,
  LogRow,
  SessionKey,
  SnapshotRow,
} from '../../../packages/server/src/store/session-store.ts';
import type { SessionColumns } from '../../../packages/server/src/store/sql/schema.ts';
import type { BlockWrite } from '../../../packages/server/src/store/sql/write.ts';

/** One session as it lies on the disk. What is in its lists is never changed, only added and taken out. */
export interface DiskSession {
  columns: SessionColumns;
  rows: LogRow[];
  readonly claims: Claim[];
  blocks: BlockWrite[];
  readonly runs: Map<string, string>;
  /** By `commandKey`: the hash and the result as JSON text. */
  readonly commands: Map<string, { readonly hash: string; readonly result: string }>;
  snapshot: SnapshotRow | undefined;
}

/** All that a disk holds. */
export interface DiskImage {
  /** Counters outlive sessions, so that neither a key nor an epoch is given twice. */
  lastKey: number;
  lastClaim: number;
  readonly sessions: Map<SessionKey, DiskSession>;
}

export const emptyImage = (): DiskImage => ({ lastKey: 0, lastClaim: 0, sessions: new Map() });

/** An image that later writes to the first leave as it is. */
export function copyImage({ lastKey, lastClaim, sessions }: DiskImage): DiskImage {
  const copies = [...sessions].map(([key, session]) => [key, copySession(session)] as const);
  return { lastKey, lastClaim, sessions: new Map(copies) };
}

function copySession({ columns, rows, claims, blocks, runs, commands, snapshot }: DiskSession): DiskSession {
  return {
    columns,
    rows: [...rows],
    claims: [...claims],
    blocks: [...blocks],
    runs: new Map(runs),
    commands: new Map(commands),
    snapshot,
  };
}

/** No principal id holds a zero character, so two pairs never make one key. */
export const commandKey = (principalId: string, commandId: string) => `${principalId}\0${commandId}`;

/** Whether a session is neither missing nor marked as removed. */
export function isThere(session: DiskSession | undefined): session is DiskSession {
  return session !== undefined && session.columns.public_id !== null;
}
