import type { Limiter, LimitName } from '@perdure/server';

export interface CountingLimiter extends Limiter {
  /** Places that are held now, by what they are of: `sessionFollowersPerPrincipal` of a session are its followers. */
  held(limit: LimitName): Readonly<Record<string, number>>;
}

/** Refuses nothing and counts what is held. */
export function countingLimiter(): CountingLimiter {
  const held = new Map<LimitName, Record<string, number>>();
  const add = (limit: LimitName, subject: string, count: number) => {
    const counts = held.get(limit) ?? {};
    counts[subject] = (counts[subject] ?? 0) + count;
    held.set(limit, counts);
  };
  return {
    take: async () => undefined,
    hold: async (limit, _principal, subject = 'all') => {
      add(limit, subject, 1);
      let isHeld = true;
      return () => {
        if (isHeld) add(limit, subject, -1);
        isHeld = false;
      };
    },
    held: (limit) => held.get(limit) ?? {},
  };
}
