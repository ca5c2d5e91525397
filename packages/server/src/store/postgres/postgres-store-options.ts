import type { Durability } from '@perdure/protocol';
import type { ConnectionOptions } from 'node:tls';
import type { Logger } from '../../session/logger.ts';

/** Where the database is. What is left out comes from `PGHOST`, `PGUSER` and their like. */
export interface PostgresConnection {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  /** A function is asked anew for each connection. */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  readonly ssl?: boolean | ConnectionOptions | undefined;
}

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:5432/database`. */
  readonly url?: string | undefined;
  /** In place of `url`. */
  readonly connection?: PostgresConnection | undefined;
  /** Where its tables are, of one store alone. It is made if need be. Default is `perdure`. */
  readonly schema?: string | undefined;
  /** What survives: `disk` (the default) a crash of the server's machine, `process` one of this process. */
  readonly durability?: Exclude<Durability, 'memory'> | undefined;
  /** Connections at most, two or more: one writes, the others read. Default is 10. */
  readonly maxConnections?: number | undefined;
  /** How long a read waits for a connection before it is refused. Default is 5 s. */
  readonly busyTimeoutMs?: number | undefined;
  /** How long a connection may take to open. Default is 5 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long the server may work on one statement. Default is 10 s. */
  readonly statementTimeoutMs?: number | undefined;
  /** How long another process that has the schema is waited for: one that was killed is gone in a moment. Default is 5 s. */
  readonly ownerTimeoutMs?: number | undefined;
  /** Bytes that the bodies of one session's log may have. Default: the limit of the runtime that it serves. */
  readonly sessionLogBytes?: number | undefined;
  /** Default: that of the runtime. */
  readonly logger?: Logger | undefined;
}
