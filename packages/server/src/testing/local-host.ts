import { defaultLimits } from '../access/limit-defaults.ts';
import type { Limits } from '../access/limits.ts';
import { OwnerAuthorizer } from '../access/owner-authorizer.ts';
import type { AgentDefinition } from '../environment/execution-environment.ts';
import { LocalSessionHost } from '../host/local-session-host.ts';
import { LocalClientHub } from '../hub/local-client-hub.ts';
import { randomIdSource } from '../process/random-id-source.ts';
import { sha256Digest } from '../process/sha256-digest.ts';
import { systemClock } from '../process/system-clock.ts';
import type { SessionStore } from '../store/session-store.ts';
import { silentLogger } from './silent-logger.ts';

/** A host with its hub on a store that is open already: everything real but the wires. */
export function localHost(options: {
  readonly store: SessionStore;
  readonly agents: Readonly<Record<string, AgentDefinition>>;
  readonly limits?: Partial<Limits>;
}): { readonly host: LocalSessionHost; readonly hub: LocalClientHub } {
  const host = new LocalSessionHost({
    store: options.store,
    clock: systemClock,
    ids: randomIdSource,
    digest: sha256Digest,
    logger: silentLogger,
    authorizer: new OwnerAuthorizer(),
    agents: new Map(Object.entries(options.agents)),
    limits: { ...defaultLimits, ...options.limits },
    runGraceMs: 0,
  });
  const hub = new LocalClientHub({ source: host.source, clock: systemClock });
  host.setClientHub(hub);
  return { host, hub };
}
