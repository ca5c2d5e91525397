import type { Durability } from '@perdure/protocol';
import type { SessionStore, StoreContext, StoreHealth } from '../session-store.ts';
import type { WriteLane } from './write-lane.ts';

/** What a database is to the store over it: all in which one differs from another. */
export interface SessionDatabase {
  readonly durability: Exclude<Durability, 'memory'>;
  /** The way of every write. */
  readonly lane: WriteLane;
  /** `undefined`: it is not open. */
  readonly readers: DatabaseReaders | undefined;
  /** Damaged rows that were met, each as often as it was. */
  readonly damagedRows: number;
  open(context: StoreContext | undefined): Promise<void>;
  /** Asked of what is open, and not again before it has answered. */
  reopen(): Promise<void>;
  close(): Promise<void>;
  health(): Promise<StoreHealth>;
}

export interface DatabaseReaders {
  readonly records: Reads<'find' | 'get' | 'list' | 'count' | 'unsettled'>;
  readonly log: Reads<'read' | 'scan' | 'claims'>;
  readonly projections: Reads<'command' | 'snapshot' | 'blocks' | 'runs' | 'run'>;
}

/** Reads of the port, which a database in this process answers at once. */
type Reads<Name extends Exclude<keyof SessionStore, 'durability'>> = {
  [Read in Name]: (
    ...asked: Parameters<SessionStore[Read]>
  ) => ReturnType<SessionStore[Read]> | Awaited<ReturnType<SessionStore[Read]>>;
};
