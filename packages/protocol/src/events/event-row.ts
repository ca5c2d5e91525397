import type * as z from 'zod';

/** Who may see an event: clients that follow the session, or the server alone. */
export type Audience = 'client' | 'server';

/**
 * How long an event stays.
 * `keep`: for the life of the session. `until-complete`: until its block is complete and the log is compacted.
 * `transient`: never in the log, only to those who are there. `derived`: computed from the fold, never in a row or frame.
 * `marker`: never in a row; stands in frames and pages where a damaged row stood.
 */
export type Retention = 'keep' | 'until-complete' | 'transient' | 'derived' | 'marker';

/** Who may emit it: an execution environment, or only the session's own loop. */
export type Emitter = 'environment' | 'session';

/** The only place where an event is named. Everything else about it is derived from its row. */
export interface EventRow<P extends z.ZodType = z.ZodType> {
  readonly payload: P;
  readonly audience: Audience;
  readonly retention: Retention;
  readonly emitter: Emitter;
  /** What it tells, in a sentence, for the reference page. */
  readonly summary: string;
}

/** A family of events, its rows typed by name. */
export function defineEvents<const R extends Record<string, EventRow>>(rows: R): R {
  return rows;
}
