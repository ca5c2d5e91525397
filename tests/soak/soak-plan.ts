export interface SoakPlan {
  readonly minutes: number;
  readonly sessions: number;
  readonly clients: number;
  /** Sessions in which somebody talks at the same time. */
  readonly talkers: number;
  /** Messages that each session has from the beginning: with as many as a state holds, it grows no more by what is said. */
  readonly filled: number;
  /**
   * As much as a server keeps of late of all sessions together, which is logged after the last kill: until it keeps so much,
   * its memory grows, and nobody could tell why. 0: nothing is logged.
   */
  readonly recentBytes: number;
  readonly seed: number;
}

export const soakSessionId = (index: number) => `soak-${index}`;

/** Between two disturbances. */
export const CHAOS_EVERY_MS = 5_000;

/** The part of the whole in which the server is killed. Until memory is watched, the last one has got its size. */
const KILLS_UNTIL = 0.25;

/** From here on memory and the event loop are watched. */
export const WATCHED_FROM = 0.5;

/** When the server is killed, in parts of the whole. */
export function killsOf({ minutes }: SoakPlan): readonly number[] {
  const count = Math.min(5, Math.max(1, Math.round(minutes / 2)));
  return Array.from({ length: count }, (_, index) => (KILLS_UNTIL * (index + 1)) / count);
}
