import type { Durability } from '@perdure/protocol';
import type { AuthenticationOutcome } from '../access/authenticator.ts';
import type { CredentialWatch } from '../access/credential-watch.ts';
import type { Limiter } from '../access/limiter.ts';
import type { Limits } from '../access/limits.ts';
import type { Principal } from '../access/principal.ts';
import type { SessionHost } from '../host/session-host.ts';
import type { SendGuard } from '../hub/send-guard.ts';

/** Who called, as far as the wire knows: the context of every procedure. Making one never fails. */
export interface Caller {
  /** `broken`: the authenticator itself failed. Kept here and thrown by the guard, where there is a request to answer. */
  readonly authentication:
    | AuthenticationOutcome
    | { readonly ok: false; readonly reason: 'broken'; readonly error: unknown };
  /** The protocol version that the client named; none: the server's own. */
  readonly protocol: string | undefined;
  /** Where frames of several subscriptions share one socket: whether it has room. */
  readonly sendGuard?: SendGuard | undefined;
}

/** What a server is to those who ask it. */
export interface ServerFacts {
  readonly serverVersion: string;
  readonly durability: Durability;
  readonly limits: Limits;
  readonly limiter: Limiter;
  readonly credentials: CredentialWatch;
}

/** Who asks, after the guard has let them through. */
export interface Asker {
  /** `undefined` only on leaves that are public. */
  readonly principal: Principal | undefined;
  /** The host as they may see it. */
  readonly host: SessionHost;
  readonly server: ServerFacts;
  /** See `Caller`. */
  readonly sendGuard: SendGuard | undefined;
}
