import type { Durability } from '@perdure/protocol';
import type { Logger } from '../../session/logger.ts';

export interface SqliteSessionStoreOptions {
  /** The data directory. It is made, readable for its owner only, if it does not exist. */
  readonly directory: string;
  /** Default is `disk`. */
  readonly durability?: Exclude<Durability, 'memory'> | undefined;
  /** Bytes that the bodies of one session's log may have. Default: no bound. */
  readonly sessionLogBytes?: number | undefined;
  /** Bytes that the database may have; beyond them it fails as a full disk does. Default: no bound. */
  readonly maxDatabaseBytes?: number | undefined;
  /** How long another program that holds the database is waited for. Default is 5 s. */
  readonly busyTimeoutMs?: number | undefined;
  /** How long the writer's thread may take to answer before it counts as stuck. Default is 10 s. */
  readonly pingTimeoutMs?: number | undefined;
  readonly logger?: Logger | undefined;
}
