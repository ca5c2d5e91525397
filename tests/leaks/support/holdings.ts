/** What a process holds. */
export interface Holdings {
  /** Bytes, once everything that is over has been let go. */
  readonly heapUsed: number;
  /** Numbers that come back to what they were when everything is over. */
  readonly counts: Readonly<Record<string, number>>;
  /** For whoever has to find out why they did not. */
  readonly detail: object;
}

/** How late the event loop came to what was due, since this was asked last. */
export interface EventLoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** So late only while the thread itself computed, as if it had a core of its own. */
  readonly ownP99Ms: number;
}

export type ProbeRequest = { readonly id: number } & (
  | { readonly ask: 'holdings' | 'kept-rss' | 'delay' }
  | { readonly ask: 'unload'; readonly sessionId: string }
);

export type ProbeAnswer = { readonly id: number } & (
  | { readonly answer: unknown }
  | { readonly error: string }
);
