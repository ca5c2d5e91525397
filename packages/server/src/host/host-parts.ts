import type { Authorizer } from '../access/authorizer.ts';
import type { Limits } from '../access/limits.ts';
import type { AgentDefinition } from '../environment/execution-environment.ts';
import type { AppData } from '../session/app-data.ts';
import type { Clock } from '../session/clock.ts';
import type { Digest } from '../session/digest.ts';
import type { Retention } from '../session/floor-after.ts';
import type { IdSource } from '../session/id-source.ts';
import type { Logger } from '../session/logger.ts';
import type { DriverTimes } from '../session/run-driver.ts';
import type { SessionStore } from '../store/session-store.ts';

/** What a host is made of. */
export interface HostParts {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly digest: Digest;
  readonly logger: Logger;
  readonly authorizer: Authorizer;
  /** By name; the first one answers where none is asked for. */
  readonly agents: ReadonlyMap<string, AgentDefinition>;
  readonly limits: Limits;
  /** Schemas of the application's own events, by name; without them any is let through. */
  readonly data?: AppData | undefined;
  /** How much of each log is kept; none: all of it. */
  readonly retention?: Retention | undefined;
  readonly times: DriverTimes;
}
