import type { Limiter, LimitName } from '@perdure/server';

export interface CountingLimiter extends Limiter {
  /** Places that are held now, by what they are of: `sessionFollowersPerPrincipal` of a session are its followers. */
  held(limit: LimitName): Readonly<Record<string, number>>;
  /** The same, by the credential with which they were taken. */
  heldBy(limit: LimitName): Readonly<Record<string, number>>;
}

/** Refuses nothing and counts what is held. */
export function countingLimiter(): CountingLimiter {
  const bySubject = new Map<LimitName, Record<string, number>>();
  const byCredential = new Map<LimitName, Record<string, number>>();
  const add = (
    held: Map<LimitName, Record<string, number>>,
    limit: LimitName,
    name: string,
    count: number,
  ) => {
    const counts = held.get(limit) ?? {};
    counts[name] = (counts[name] ?? 0) + count;
    held.set(limit, counts);
  };
  return {
    take: async () => undefined,
    hold: async (limit, { credentialId = 'none' }, subject = 'all') => {
      const count = (by: number) => {
        add(bySubject, limit, subject, by);
        add(byCredential, limit, credentialId, by);
      };
      count(1);
      let isHeld = true;
      return () => {
        if (isHeld) count(-1);
        isHeld = false;
      };
    },
    held: (limit) => bySubject.get(limit) ?? {},
    heldBy: (limit) => byCredential.get(limit) ?? {},
  };
}
