import { type ReportingProcess, startReporting } from './reporting-process.ts';

/** How the clients of one process are. */
export interface StormReport {
  /** Clients that are connected and have all there is. */
  readonly live: number;
  /** Clients that have lost their connection at least once. */
  readonly lost: number;
  /** Clients that have given up. */
  readonly failed: number;
  /** Clients that gave up on WebSockets. */
  readonly streams: number;
  /** Events that did not follow the one before them. */
  readonly gaps: number;
  /** Clients that were not served with what they had missed. */
  readonly snapshots: number;
  readonly logs: readonly {
    readonly sessionId: string;
    /** The place of the client that is furthest behind. */
    readonly fewest: number;
    /** What its followers read since they came; one, if all read the same. */
    readonly hashes: readonly string[];
  }[];
}

export type StormClients = ReportingProcess<object, StormReport>;

/** Starts so many clients in a process of their own; resolves when all follow. */
export function startStormClients(
  url: string,
  count: number,
  sessionIds: readonly string[],
): Promise<StormClients> {
  return startReporting({ file: './storm-clients.ts', args: [url, String(count), ...sessionIds] });
}
