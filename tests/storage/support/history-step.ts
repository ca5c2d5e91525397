// What a history is made of: plain data that names no key and no epoch, so that every store can play it.
import type { JsonObject } from '@perdure/protocol';
import type {
  BlockQuery,
  LogScan,
  RecordColumns,
  SessionQuery,
} from '../../../packages/server/src/store/session-store.ts';

/** Which of the sessions that are there, or of those that were removed: the number is folded to how many there are. */
export interface Target {
  readonly index: number;
  readonly isGone: boolean;
}

export interface RowPlan {
  readonly type: string;
  readonly span: number;
  readonly audience: 'client' | 'server';
  readonly text: string;
  readonly times: number;
}

export interface BlockPlan {
  readonly conversationId: string;
  readonly text: string;
  readonly name: string | undefined;
}

export interface WritePlan {
  readonly rows: readonly RowPlan[];
  readonly blocks: readonly BlockPlan[];
  readonly runs: readonly { readonly runId: string; readonly agent: string }[];
  readonly command:
    | {
        readonly principalId: string;
        readonly commandId: string;
        readonly hash: string;
        readonly result: JsonObject;
      }
    | undefined;
  readonly snapshot: { readonly stateVersion: number; readonly text: string } | undefined;
  readonly columns: Partial<RecordColumns>;
}

/** Bytes that a log may have in every store: some logs reach it, most do not. */
export const SESSION_LOG_BYTES = 1_500;

export interface AppendPlan extends WritePlan {
  readonly target: Target;
  readonly claim: boolean;
  readonly epoch: 'held' | 'earlier' | 'made-up';
  /** How far the head that is named is from the one that is there. */
  readonly offset: -1 | 0 | 1;
  /** A place that is left out before the last row: a mistake of the caller. */
  readonly hasGap: boolean;
  readonly essential: boolean;
  /** The last row is as long as the bound leaves room for, or so many bytes longer. */
  readonly fills: -1 | 0 | 1 | undefined;
  /** The share of the log that is not kept from it on, if it goes alone. */
  readonly floor: number | undefined;
}

export type HistoryStep =
  | ({
      readonly do: 'create';
      readonly id: string;
      readonly tenant: number;
      readonly ownerId: string;
    } & WritePlan)
  /** Side by side; those to the same session follow on each other. */
  | { readonly do: 'append'; readonly appends: readonly AppendPlan[] }
  | { readonly do: 'remove'; readonly target: Target }
  | { readonly do: 'compact'; readonly target: Target; readonly part: number }
  | { readonly do: 'restart' | 'reopen' }
  | {
      readonly do: 'list';
      readonly query: Omit<SessionQuery, 'scope' | 'after'> & { readonly scope: ScopePlan };
    }
  /** Places are shares of the log that is there. */
  | { readonly do: 'read'; readonly target: Target; readonly part: number; readonly maxBytes: number }
  | ({
      readonly do: 'scan';
      readonly target: Target;
      readonly after: number;
      readonly before: number | undefined;
    } & Omit<LogScan, 'after' | 'before'>)
  | ({ readonly do: 'blocks'; readonly target: Target } & BlockQuery)
  | {
      readonly do: 'runs';
      readonly target: Target;
      readonly before: string | undefined;
      readonly limit: number;
    };

/** A scope whose tenant is one of the two of a history. */
export interface ScopePlan {
  readonly tenant: number;
  readonly ownerId?: string | undefined;
  readonly sessionIds?: readonly string[] | undefined;
}
