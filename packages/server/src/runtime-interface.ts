import type { Server } from 'node:http';
import type { KnownPrincipal } from './access/function-authenticator.ts';
import type { Principal } from './access/principal.ts';
import type { SessionHost } from './host/session-host.ts';
import type { NodeHandler } from './transport/node-handler.ts';
import type { Transport } from './transport/transport.ts';

export interface ListenOptions {
  /** 0: any that is free. Default: 4600. */
  readonly port?: number | undefined;
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** Aborting it shuts the runtime down. */
  readonly signal?: AbortSignal | undefined;
}

export interface ShutdownOptions {
  /** After this the rest is cut. Default: 25 s, less than the 30 s that supervisors grant. */
  readonly deadlineMs?: number | undefined;
}

/** What the platform knows of a web-standard request: Node's adapters hand it on as their environment. */
export interface FetchEnvironment {
  readonly incoming?:
    | { readonly socket?: { readonly localAddress?: string | undefined } | undefined }
    | undefined;
}

/** Sessions of agents, and every wire to them. */
export interface AgentRuntime {
  readonly host: SessionHost;
  /** For a client in this process: `createPerdureClient(runtime.as(principal))`. */
  as(principal: Principal | KnownPrincipal): {
    readonly url: string;
    readonly fetch: typeof globalThis.fetch;
  };
  fetch(request: Request, environment?: FetchEnvironment): Promise<Response>;
  readonly node: NodeHandler;
  readonly handleUpgrade: Transport['handleUpgrade'];
  /** Takes the WebSockets of a server of yours; its requests stay yours. The returned function undoes it. */
  attach(server: Server): () => void;
  /** Starts, and serves on a port of its own. */
  listen(options?: ListenOptions): Promise<{ readonly url: string; readonly port: number }>;
  /** Opens the store and recovers what was left open. Never listens. The first request does it too. */
  start(): Promise<void>;
  shutdown(options?: ShutdownOptions): Promise<void>;
  isHealthy(): Promise<boolean>;
}
