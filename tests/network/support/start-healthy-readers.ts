import type { Wire } from './named-client.ts';
import { type ReportingProcess, startReporting } from './reporting-process.ts';

/** How late readers heard what was said, since they were last asked. */
export interface ReadersReport {
  readonly heard: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

export type HealthyReaders = ReportingProcess<object, ReadersReport>;

export interface ReadersPlan {
  readonly url: string;
  readonly token: string;
  readonly sessionId: string;
  readonly count: number;
  readonly wire: Wire;
}

/** Starts so many readers of a session in a process of their own. */
export function startHealthyReaders(plan: ReadersPlan): Promise<HealthyReaders> {
  return startReporting({ file: './healthy-readers.ts', args: [JSON.stringify(plan)] });
}
