import type { AgentName, Durability } from '@perdure/protocol';
import type { Authenticate } from '../access/function-authenticator.ts';
import type { Authenticator } from '../access/authenticator.ts';
import type { Authorizer } from '../access/authorizer.ts';
import type { Limiter } from '../access/limiter.ts';
import type { Limits } from '../access/limits.ts';
import type { AgentDefinition } from '../environment/execution-environment.ts';
import type { LogLevel } from '../process/pino-logger.ts';
import type { AppData } from '../session/app-data.ts';
import type { Retention } from '../session/floor-after.ts';
import type { Logger } from '../session/logger.ts';
import type { SessionStore } from '../store/session-store.ts';

export interface SqliteStoreOptions {
  readonly type: 'sqlite';
  /** The data directory. One process owns it. */
  readonly directory: string;
  /** What survives: `disk` (the default) a power cut, `process` the death of the process. */
  readonly durability?: Exclude<Durability, 'memory'> | undefined;
}

export interface MemoryStoreOptions {
  readonly type: 'memory';
}

/** What a runtime is made of. Only `agents` is needed. */
export interface AgentRuntimeOptions {
  /** Where sessions live. Default: in this process. */
  readonly host?: { readonly type: 'local' } | undefined;
  /** Default: SQLite in `./.perdure`. An object of one's own passes the store's contract suite. */
  readonly store?: SqliteStoreOptions | MemoryStoreOptions | SessionStore | undefined;
  /** By name; the first one answers where none is asked for. */
  readonly agents: { readonly [Name in AgentName]: AgentDefinition };
  /** Schemas (of zod, or any other that speaks Standard Schema) of your own events, by name. Default: any event is let through. */
  readonly data?: AppData | undefined;
  /** Your login: a function that says who someone is, or an authenticator. */
  readonly authenticate?: Authenticate | Authenticator | undefined;
  /** Tokens of the operator, several valid at once. */
  readonly tokens?: readonly string[] | undefined;
  readonly authorizer?: Authorizer | undefined;
  readonly limiter?: Limiter | undefined;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits> | undefined;
  /**
   * How much of each session's log is kept: at least so many events (100 or more), at most twice as many and what one run
   * says. Older ones are not followed, paged or searched any more; the state stays as it is. Default: every event is kept.
   */
  readonly retention?: Retention | undefined;
  /** Origins of pages elsewhere that may use this server. */
  readonly origins?: readonly string[] | undefined;
  /** The address by which people reach it, if that is not the one it is bound to. */
  readonly publicUrl?: string | undefined;
  /** The whole public prefix of every route, such as `/agents`. */
  readonly basePath?: string | undefined;
  /** A directory with a built front end, served at the base path. */
  readonly pages?: { readonly directory: string } | undefined;
  /** A logger, or from which level on to write JSON lines to stderr. Default: `info`. */
  readonly logger?: Logger | LogLevel | undefined;
}

/** What is asked of a process that serves, beside the runtime. */
export interface PerdureConfig extends AgentRuntimeOptions {
  readonly listen?: { readonly port?: number | undefined; readonly host?: string | undefined } | undefined;
}
