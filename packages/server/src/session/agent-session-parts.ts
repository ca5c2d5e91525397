import type { Limits } from '../access/limits.ts';
import type { AgentDefinition } from '../environment/execution-environment.ts';
import type { SessionRecord } from '../store/session-store.ts';
import type { AppData } from './app-data.ts';
import type { Clock } from './clock.ts';
import type { Digest } from './digest.ts';
import type { IdSource } from './id-source.ts';
import type { Logger } from './logger.ts';
import type { PersistenceListener } from './persistence-listener.ts';
import type { DriverTimes } from './run-driver.ts';
import type { CommandAnswer } from './session-command.ts';
import type { SessionEventBus } from './session-event-bus.ts';
import type { SessionReads } from './session-reads.ts';
import type { SessionState } from './session-state.ts';

/** Why a session in memory came to its end. */
export type SessionEnd = 'unloaded' | 'shutdown' | 'deleted' | 'fenced' | 'store' | 'broken';

/** It ends at once: another owner, its deletion, the disk, a fault of ours, or a shutdown whose deadline has passed. */
export type AbandonedEnd = Exclude<SessionEnd, 'unloaded'>;

export type CommandOutcome =
  | { readonly kind: 'answered'; readonly answer: CommandAnswer }
  /** The session left memory before the command was written: ask again of the one that is loaded then. */
  | { readonly kind: 'gone'; readonly end: SessionEnd };

export interface AgentSessionParts {
  readonly record: SessionRecord;
  readonly state: SessionState;
  readonly bus: SessionEventBus;
  readonly log: PersistenceListener;
  readonly reads: SessionReads;
  readonly agents: ReadonlyMap<string, AgentDefinition>;
  readonly limits: Limits;
  readonly data?: AppData | undefined;
  readonly times: DriverTimes;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly digest: Digest;
  readonly logger: Logger;
  /** Called once, when it is abandoned. `stopped` resolves when its environment is gone. */
  readonly onLost: (end: AbandonedEnd, error: unknown, stopped: Promise<void>) => void;
}
