import type { Limits } from './limits.ts';
import type { Principal } from './principal.ts';

export type LimitName = keyof Limits;

/** Why not, with the numbers that tell. */
export interface Refusal {
  readonly limit: LimitName;
  readonly max: number;
  readonly current: number;
  readonly retryAfterMs: number;
}

/** Gives back what was held. Calling it twice is harmless. */
export type Release = () => void;

/** How much. Asynchronous, so that a cluster can own the counts. `subject` narrows a count, such as to one session. */
export interface Limiter {
  /** Takes from a rate. */
  take(limit: LimitName, principal: Principal, subject?: string, cost?: number): Promise<Refusal | undefined>;
  /** Holds one of a number of places until it is released. */
  hold(limit: LimitName, principal: Principal, subject?: string): Promise<Release | Refusal>;
}
