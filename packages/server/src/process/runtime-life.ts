import type { AddressInfo } from 'node:net';
import { PerdureError } from '@perdure/protocol';
import type { CredentialWatch } from '../access/credential-watch.ts';
import type { SessionHost } from '../host/session-host.ts';
import type { Clock } from '../session/clock.ts';
import type { Logger } from '../session/logger.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { Phase } from '../transport/health-routes.ts';
import { isLoopback } from '../transport/is-loopback.ts';
import { shuttingDown } from '../transport/leaf-guard.ts';
import { NodeServer } from '../transport/node-server.ts';
import type { Transport } from '../transport/transport.ts';
import { writeServerFile } from './server-file.ts';

// D1. The order of an end: not ready -> (the balancer notices) -> nothing new -> runs end by an event -> their followers get
//     it -> sockets and streams end, each told to come back -> the store closes.
// D2. Start and shutdown happen once, whoever asks and how often.
// D3. A shutdown ends by its deadline, whatever hangs.

export interface RuntimeParts {
  readonly store: Pick<SessionStore, 'open' | 'close'>;
  /** Bytes that one session's log may have. */
  readonly sessionLogBytes: number;
  readonly host: Pick<SessionHost, 'shutdown'> & { start(): void };
  readonly hub: { close(): void; settled(): Promise<void> };
  readonly credentials: Pick<CredentialWatch, 'close'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where to tell that the server is here. */
  readonly directory: string | undefined;
  transport(): Transport;
}

export interface ListenPlan {
  readonly port: number;
  readonly host: string;
  readonly basePath: string;
  readonly signal: AbortSignal | undefined;
}

const DEADLINE_MS = 25_000;
/** Load balancers ask /readyz every few seconds. On loopback there is none. */
const DRAIN_DELAY_MS = 5_000;
/** Each connection that ends makes one come back elsewhere: this many a second are borne well. */
const ENDS_PER_SECOND = 1_000;
const MAX_SPREAD_MS = 3_000;
/** Of the deadline, kept for sockets and store after the runs. */
const CLOSING_MS = 2_000;
/** What followers get to take the last frames; a slow one reads on from its cursor elsewhere. */
const SETTLE_MS = 1_000;
/** What the last words of streams need to get into the sockets' buffers. */
const FLUSH_MS = 50;

/** A runtime from its start to its end. */
export class RuntimeLife {
  readonly #parts: RuntimeParts;
  #phase: Phase = 'starting';
  #isDraining = false;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #server: NodeServer | undefined;
  #boundHost: string | undefined;
  #removeServerFile: (() => Promise<void>) | undefined;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** True from the moment nothing new is taken. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** The one address it is bound to, if it is neither loopback nor all of them. */
  get boundHost(): string | undefined {
    const host = this.#boundHost;
    return host === undefined || isLoopback(host) || host === '0.0.0.0' || host === '::'
      ? undefined
      : bracketed(host);
  }

  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /** Resolves when requests can be answered; the first one starts what is not started yet. */
  async ready(): Promise<void> {
    if (this.#phase === 'stopped') throw shuttingDown();
    await this.start();
  }

  async listen({
    port,
    host,
    basePath,
    signal,
  }: ListenPlan): Promise<{ readonly url: string; readonly port: number }> {
    signal?.throwIfAborted();
    const { clock, directory } = this.#parts;
    if (this.#server !== undefined)
      throw new PerdureError('config-invalid', 'listen: this runtime listens already.');
    const { node, handleUpgrade } = this.#parts.transport();
    const server = new NodeServer({ node, handleUpgrade });
    this.#server = server;
    this.#boundHost = host;
    // The port first: two servers on one port are told apart before either touches the data.
    const address = await this.#bind(server, port, host);
    try {
      await this.start();
    } catch (error) {
      await server.close();
      throw error;
    }
    const url = `http://${bracketed(host)}:${address.port}${basePath}`;
    if (directory !== undefined) {
      const content = { pid: process.pid, url, startedAt: clock.iso() };
      this.#removeServerFile = await writeServerFile(directory, content);
    }
    signal?.addEventListener('abort', () => void this.shutdown(), { once: true });
    return { url, port: address.port };
  }

  shutdown(deadlineMs = DEADLINE_MS): Promise<void> {
    this.#stopped ??= this.#shutdownWithin(deadlineMs);
    return this.#stopped;
  }

  async #start(): Promise<void> {
    if (this.#stopped !== undefined) throw shuttingDown();
    const { store, host, sessionLogBytes, logger } = this.#parts;
    await store.open({ sessionLogBytes, logger });
    host.start();
    if (this.#phase === 'starting') this.#phase = 'ready';
  }

  async #bind(server: NodeServer, port: number, host: string): Promise<AddressInfo> {
    try {
      return await server.listen(port, host);
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
  }

  async #shutdown(deadlineMs: number): Promise<void> {
    const { host, hub, store, credentials, clock, logger } = this.#parts;
    const endsAtMs = clock.monotonic() + deadlineMs;
    const leftMs = () => Math.max(0, endsAtMs - clock.monotonic());
    const wasStarted = this.#started !== undefined;
    this.#phase = 'draining';
    logger.info({ deadlineMs }, 'shutting down');
    await this.#wait(Math.min(this.#drainDelayMs(), leftMs() / 5));
    this.#isDraining = true;
    this.#server?.stop();
    await this.#started?.catch(() => {}); // a start that failed left nothing to end
    if (wasStarted) await host.shutdown({ deadlineMs: Math.max(0, leftMs() - CLOSING_MS) });
    const transport = this.#parts.transport();
    await this.#atMost(Math.min(SETTLE_MS, leftMs() / 2), hub.settled());
    await this.#wait(0); // what followers have taken is on its way to their sockets within a tick
    const flushMs = transport.connections() === 0 ? 0 : FLUSH_MS;
    const spreadMs = Math.min(
      (transport.connections() / ENDS_PER_SECOND) * 1_000,
      MAX_SPREAD_MS,
      leftMs() / 2,
    );
    await transport.close(spreadMs);
    hub.close();
    await this.#wait(flushMs);
    await this.#server?.close();
    credentials.close();
    if (wasStarted) await store.close();
    await this.#removeServerFile?.();
    this.#phase = 'stopped';
    logger.info({}, 'stopped');
  }

  async #shutdownWithin(deadlineMs: number): Promise<void> {
    const { clock, logger } = this.#parts;
    let stopTimer = () => {};
    const late = new Promise<void>((resolve) => {
      stopTimer = clock.timer(deadlineMs, () => {
        logger.error({ deadlineMs }, 'the shutdown did not end in time');
        resolve();
      });
    });
    try {
      await Promise.race([this.#shutdown(deadlineMs), late]);
    } finally {
      stopTimer();
    }
  }

  #drainDelayMs(): number {
    return this.#boundHost === undefined || isLoopback(this.#boundHost) ? 0 : DRAIN_DELAY_MS;
  }

  async #atMost(ms: number, something: Promise<void>): Promise<void> {
    let stopTimer = () => {};
    const late = new Promise<void>((resolve) => {
      stopTimer = this.#parts.clock.timer(ms, resolve);
    });
    await Promise.race([something, late]);
    stopTimer();
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.clock.timer(ms, resolve);
    });
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
