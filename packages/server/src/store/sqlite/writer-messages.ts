import type { Durability, ErrorBody } from '@perdure/protocol';
import type { UnfinishedWrite, Write, WriteOutcome } from '../sql/write.ts';

/** How the writer opens the database: plain data, it crosses to another thread. */
export interface WriterOptions {
  readonly path: string;
  readonly durability: Exclude<Durability, 'memory'>;
  /** Bytes that one session's log may have. */
  readonly sessionLogBytes: number;
  /** Bytes that the database may have. */
  readonly maxDatabaseBytes: number | undefined;
  readonly busyTimeoutMs: number;
}

/** What a copy is made of and where it goes. A thread that copies does nothing else. */
export interface CopyOptions {
  readonly path: string;
  readonly target: string;
  readonly busyTimeoutMs: number;
  /** One number, shared with the thread that asked: 1 stops the copy. */
  readonly stop: Int32Array;
}

/** What the writer can be asked for, and what it answers. */
export interface WriterCalls {
  /** Checks, migrates and opens. Answers with what was begun and is not over. */
  open: { readonly ask: WriterOptions; readonly answer: readonly UnfinishedWrite[] };
  /**
   * Drops the handle, opens anew and proves that it can write. Looks at nothing else: while the process has the file open, to
   * read it by other means and close it would let go of every lock on it.
   */
  reopen: { readonly ask: WriterOptions; readonly answer: readonly UnfinishedWrite[] };
  write: { readonly ask: readonly Write[]; readonly answer: readonly WriteOutcome[] };
  copy: { readonly ask: CopyOptions; readonly answer: undefined };
  ping: { readonly ask: undefined; readonly answer: undefined };
  close: { readonly ask: undefined; readonly answer: undefined };
}

export type WriterCall = keyof WriterCalls;

export type WriterRequest = {
  readonly [C in WriterCall]: { readonly id: number; readonly call: C; readonly ask: WriterCalls[C]['ask'] };
}[WriterCall];

export type WriterReply =
  | { readonly id: number; readonly answer: WriterCalls[WriterCall]['answer'] }
  | { readonly id: number; readonly error: ThreadError };

/** An error as it crosses threads: one of ours keeps its code. */
export type ThreadError =
  | { readonly kind: 'ours'; readonly body: ErrorBody }
  | { readonly kind: 'other'; readonly message: string; readonly code: string | undefined };
