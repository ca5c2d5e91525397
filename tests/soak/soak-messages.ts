/** What the parent asks of a process with clients. */
export type LoadRequest = {
  readonly id: number;
} /** Every so manieth client, counted from a place, is cut off or reloads. */ & (
  | { readonly ask: 'cut' | 'reload'; readonly from: number; readonly every: number }
  /** A session is about to be deleted, or was made anew. */
  | { readonly ask: 'renewed'; readonly sessionId: string }
  /** Compares what clients have with what the server has; at the end also what they make of it. */
  | { readonly ask: 'check'; readonly isEnd: boolean }
  | { readonly ask: 'live' }
  | { readonly ask: 'end' }
);

export interface CheckReport {
  readonly violations: readonly string[];
  /** Events that clients have had so far, each as often as it came. */
  readonly events: number;
  readonly comparisons: number;
}

export type LoadAnswer = { readonly id: number } & (
  | { readonly answer: CheckReport | null }
  | { readonly error: string }
);
