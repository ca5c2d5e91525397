import type { Limiter, LimitName } from '@perdure/server';

export interface CountingLimiter extends Limiter {
  /** Places that are held now: of `sessionFollowersPerPrincipal`, the followers there are. */
  held(limit: LimitName): number;
}

/** Refuses nothing and counts what is held. */
export function countingLimiter(): CountingLimiter {
  const held = new Map<LimitName, number>();
  const add = (limit: LimitName, count: number) => held.set(limit, (held.get(limit) ?? 0) + count);
  return {
    take: async () => undefined,
    hold: async (limit) => {
      add(limit, 1);
      let isHeld = true;
      return () => {
        if (isHeld) add(limit, -1);
        isHeld = false;
      };
    },
    held: (limit) => held.get(limit) ?? 0,
  };
}
