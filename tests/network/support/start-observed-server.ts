import { type ReportingProcess, startReporting } from './reporting-process.ts';

export interface ObservedServerPlan {
  readonly directory: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly host?: string;
  readonly publicUrl?: string;
  readonly tokens?: readonly string[];
  /** `default`: those of the product, and every token is a person who may see everything; else there are none, and what is held is counted. */
  readonly limits?: 'default';
}

/** What a server holds. */
export interface ServerReport {
  /** Followers of each session. */
  readonly followers: Readonly<Record<string, number>>;
  /** Followers that came with each of the tokens. */
  readonly followersOf: Readonly<Record<string, number>>;
  readonly rssBytes: number;
  /** The most it ever had. */
  readonly mostRssBytes: number;
  readonly heapBytes: number;
}

export type ObservedServer = ReportingProcess<{ readonly url: string }, ServerReport>;

/** Starts a server in a process of its own. */
export function startObservedServer(
  plan: ObservedServerPlan,
  command?: readonly string[],
): Promise<ObservedServer> {
  return startReporting({
    file: './observed-server.ts',
    args: [JSON.stringify(plan)],
    ...(command === undefined ? {} : { command }),
  });
}
