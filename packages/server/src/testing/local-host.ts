import { defaultLimits } from '../access/limit-defaults.ts';
import type { Limits } from '../access/limits.ts';
import { OwnerAuthorizer } from '../access/owner-authorizer.ts';
import type { AgentDefinition } from '../environment/execution-environment.ts';
import { LocalSessionHost, type LocalSessionHostOptions } from '../host/local-session-host.ts';
import { LocalClientHub } from '../hub/local-client-hub.ts';
import { randomIdSource } from '../process/random-id-source.ts';
import { sha256Digest } from '../process/sha256-digest.ts';
import { systemClock } from '../process/system-clock.ts';
import type { Clock } from '../session/clock.ts';
import type { Retention } from '../session/floor-after.ts';
import type { SessionStore } from '../store/session-store.ts';
import { silentLogger } from './silent-logger.ts';

/** A host with its hub on a store that is open already: everything real but the wires. */
export function localHost(options: {
  readonly store: SessionStore;
  readonly agents: Readonly<Record<string, AgentDefinition>>;
  readonly limits?: Partial<Limits>;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  readonly times?: LocalSessionHostOptions['times'];
  readonly runGraceMs?: number | undefined;
  readonly retention?: Retention | undefined;
}): { readonly host: LocalSessionHost; readonly hub: LocalClientHub } {
  const { clock = systemClock } = options;
  const host = new LocalSessionHost({
    store: options.store,
    clock,
    ids: randomIdSource,
    digest: sha256Digest,
    logger: silentLogger,
    authorizer: new OwnerAuthorizer(),
    agents: new Map(Object.entries(options.agents)),
    limits: { ...defaultLimits, ...options.limits },
    times: options.times,
    retention: options.retention,
    runGraceMs: options.runGraceMs ?? 0,
  });
  const hub = new LocalClientHub({ source: host.source, clock });
  host.setClientHub(hub);
  return { host, hub };
}
