import type { Principal } from '../access/principal.ts';
import type { ClientHub } from '../hub/client-hub.ts';
import type { FollowSource } from '../hub/follow-source.ts';
import type { HostParts } from './host-parts.ts';
import type { LoadedSessions } from './loaded-sessions.ts';
import type { RunEnds } from './run-ends.ts';
import type { StorageGuard } from './storage-guard.ts';

/** A host as one principal uses it: what handles work with. */
export interface HandleParts {
  readonly parts: HostParts;
  readonly sessions: LoadedSessions;
  readonly runEnds: RunEnds;
  readonly guard: StorageGuard;
  readonly source: FollowSource;
  /** None until a host was given one: it can work without clients. */
  readonly hub: () => ClientHub | undefined;
  readonly isDraining: () => boolean;
  readonly principal: Principal;
}
